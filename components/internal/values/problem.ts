/** What is wrong with a setting of Istio, in words. */
export interface ValueProblem {
    /** Where it is, e.g. `istiod.values.global.meshID`. */
    readonly path: string;
    /** The value found, as JSON. */
    readonly value?: string;
    /** What does not hold. */
    readonly rule: string;
    /** What to do. */
    readonly fix: string;
}

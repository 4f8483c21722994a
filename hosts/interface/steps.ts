/** What a run of the program does, in the words of all hosts. Every text is free of secrets. */

export type HostCommand = "up" | "preview" | "destroy" | "refresh";

/** What is done to one resource; in a preview, what would be done. */
export type StepKind = "create" | "update" | "replace" | "delete" | "read" | "refresh" | "same";

/** Counts of nothing. */
export const NO_STEPS: Readonly<Record<StepKind, number>> = {
    create: 0,
    update: 0,
    replace: 0,
    delete: 0,
    read: 0,
    refresh: 0,
    same: 0,
};

export interface Step {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly kind: StepKind;
    /** Empty for a creation, a deletion and no change. */
    readonly changes: readonly PropertyChange[];
}

export interface PropertyChange {
    /** `spec.replicas`, `data["ca.crt"]`. */
    readonly path: string;
    readonly kind: "add" | "delete" | "update";
    /** JSON, or `[secret]`, or `[unknown]`. */
    readonly before?: string;
    readonly after?: string;
    /** Whether this change needs a new resource. */
    readonly replaces: boolean;
}

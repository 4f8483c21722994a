/** Somebody who has not taken a step of a rotation yet, in words. */
export interface Behind {
    readonly cluster: string;
    /** `namespace/name` of a pod, or the name of a namespace, an istiod or a peer. */
    readonly who: string;
    readonly why: string;
}

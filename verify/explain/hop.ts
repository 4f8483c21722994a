/** One stop on the way of a request. */

/** An object of Kubernetes that decides what happens at a hop. */
export interface Culprit {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    /** Short name of the cluster that it is in. */
    readonly cluster: string;
    /** The field to change, e.g. `spec.trafficPolicy.tls.mode`. */
    readonly field: string;
}

export interface Hop {
    /** What the request meets, e.g. `DestinationRule`. */
    readonly at: string;
    /** Short name of the cluster that it is in. */
    readonly cluster: string;
    /** `unseen`: what is there could not be seen, so that the request may end here. */
    readonly state: "passes" | "ends" | "unseen";
    readonly seen: string;
    /** Of a hop at which the request ends: why. */
    readonly cause?: string;
    /** What to change. Present with the cause. */
    readonly fix?: string;
    /** What to change it in, where one object decides. */
    readonly culprit?: Culprit;
}

/** A hop that the request passes. */
export function passes(at: string, cluster: string, seen: string): Hop {
    return { at, cluster, state: "passes", seen };
}

/** A hop of which it cannot be seen whether the request passes it. */
export function unseen(at: string, cluster: string, seen: string): Hop {
    return { at, cluster, state: "unseen", seen };
}

/** A hop at which it ends. */
export function ends(
    at: string,
    cluster: string,
    seen: string,
    why: Omit<Hop, "at" | "cluster" | "state" | "seen">,
): Hop {
    return { at, cluster, state: "ends", seen, ...why };
}

/** `Sidecar shop/default in west (spec.egress)`. */
export function named({ kind, namespace, name, cluster, field }: Culprit): string {
    return `${kind} ${namespace}/${name} in ${cluster} (${field})`;
}

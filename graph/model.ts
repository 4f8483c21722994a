/** A mesh as a picture shows it: what is declared and what was found, laid over each other. Pure data. */
import type { Traffic } from "../verify/traffic";

/** How what was found stands to what is declared. */
export type Standing = "as declared" | "not there" | "not declared" | "different";

/** One line of a cluster's card. */
export interface Row {
    readonly part: "api" | "istiod" | "ca" | "gateway" | "ingress" | "apps" | "traffic";
    /** What it is, e.g. `east-west gateway`. */
    readonly label: string;
    /** What is known of it, e.g. `10.89.0.40:15443`. */
    readonly value: string;
    readonly standing: Standing;
}

export interface Card {
    /** Short name of the cluster. */
    readonly name: string;
    readonly clusterName: string;
    readonly network: string;
    readonly standing: Standing;
    readonly rows: readonly Row[];
}

export interface Root {
    /** SHA-256 of the certificate. */
    readonly fingerprint: string;
    /** Distinguished name; absent of a declared root that no cluster trusts. */
    readonly subject?: string;
    readonly validTo?: Date;
    readonly standing: Standing;
}

/** A cluster's workloads trust a root, which has signed their issuer. */
export interface Trust {
    /** {@link Root.fingerprint} */
    readonly root: string;
    readonly cluster: string;
    readonly standing: Standing;
}

/** A cluster's istiod reads another cluster's services, by a remote Secret. */
export interface Discovery {
    readonly from: string;
    /** Set where the istiod of `from` also injects, signs and configures in `to`. */
    readonly serves?: true;
    /** Short name, or Istio's name of a cluster that nobody declares. */
    readonly to: string;
    /** API server that the remote Secret leads to; absent without one. */
    readonly server?: string;
    /** istiod's word for how far it is: `synced`, `syncing`, `timeout`, `closed`; absent where it knows nothing of it. */
    readonly status?: string;
    readonly standing: Standing;
}

/** One leg of the reference request. */
export interface Hop {
    /** Row of a card; absent for the client outside. */
    readonly from?: Stop;
    readonly to: Stop;
}

/** What all clients of a cluster asked of another one, between two looks. */
export interface Flow {
    readonly from: string;
    readonly to: string;
    readonly requests: number;
    /** Of these: not answered, or with 5xx. */
    readonly failed: number;
    /** `address:port` of the gateways in between. */
    readonly gateways: readonly string[];
}

export interface Stop {
    readonly cluster: string;
    readonly part: Row["part"];
}

/** One thing that is not as it is declared. */
export interface Difference {
    /** The cluster, and what of it. */
    readonly where: string;
    readonly declared: string;
    readonly found: string;
}

export interface MeshGraph {
    /** Name of the mesh, where it has one. */
    readonly name: string;
    readonly trustDomain?: string;
    readonly cards: readonly Card[];
    readonly roots: readonly Root[];
    readonly trusts: readonly Trust[];
    readonly discoveries: readonly Discovery[];
    /** Way of the reference request; empty without one. */
    readonly path: readonly Hop[];
    /** URL of the reference request. */
    readonly request?: string;
    /** Calls of all clients, and what of them crossed the borders of clusters; absent where nobody counted. */
    readonly traffic?: Traffic & { readonly flows: readonly Flow[] };
    readonly differences: readonly Difference[];
}

/** First eight bytes of a SHA-256 fingerprint, enough to compare by eye. */
export function short(fingerprint = ""): string {
    return fingerprint.slice(0, 23);
}

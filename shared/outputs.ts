/** What a stack exports: the contract with whoever reads it, such as other stacks, the proof and the `mesh` command. */
import { z } from "zod";
import { serviceSchema } from "./topology";

const byCluster = z.record(z.string(), z.string());

const identity = z.object({ id: z.string(), authorities: z.array(z.string()) });

/** One of the stack's clusters, as the stack built it. */
export const clusterOutput = z.object({
    /** Short name, e.g. `west`. */
    name: z.string(),
    /** Istio's name of it, e.g. `west-cluster`. */
    clusterName: z.string(),
    /** Istio's name of its network, e.g. `west-network`. */
    network: z.string(),
    /** URL of its API server as pods of the other clusters reach it. */
    apiServer: z.string(),
    /** Short names of the clusters whose services it discovers. */
    peers: z.array(z.string()),
    /** Istio's name of the cluster whose istiod serves it; absent where it has one of its own. */
    primary: z.string().exactOptional(),
    /** Where its own istiod runs, if not in it: name of the cluster outside of the mesh, and where istiod answers. */
    external: z.object({ cluster: z.string(), address: z.string() }).exactOptional(),
    /** What tells it from another cluster of its name: SHA-256 of its CA's certificates. Absent up to version 0.1.0. */
    identity: identity.exactOptional(),
    /** Certificate of its intermediate authority, PEM; absent until the root has signed it, and where another's istiod serves it. */
    certificate: z.string().exactOptional(),
    /** What others dial; absent until an istiod serves the cluster, its own or another's, and where nobody needs it. */
    eastWestGateway: z.object({ address: z.string(), port: z.number() }).exactOptional(),
    /** What clients outside of the mesh dial, where the cluster has an ingress gateway. */
    ingressAddress: z.string().exactOptional(),
});
export type ClusterOutput = z.infer<typeof clusterOutput>;

/**
 * Request that works only if the mesh does: it enters one cluster, whose client app calls a service that has pods in other
 * clusters only.
 */
const referenceRequest = z.object({
    /** Short name of the cluster whose ingress takes the request. */
    through: z.string(),
    /** Where the ingress listens and what is asked, e.g. `http://10.89.0.40/api/catalog`. */
    url: z.string(),
    /** Host header that the ingress routes by, e.g. `webapp.istioinaction.io`. */
    host: z.string(),
    /** The app behind the ingress that calls the service, by its label `app`. */
    client: z.object({ namespace: z.string(), app: z.string() }),
    /** The service that it calls. */
    service: z.object({ namespace: z.string(), name: z.string(), port: z.number() }),
    /** Short names of the clusters with pods of the service, other stacks' included. */
    answeredBy: z.array(z.string()),
});
export type ReferenceRequest = z.infer<typeof referenceRequest>;

/** Something that another stack has to give first. */
const missing = z.object({
    /** Short name of the cluster that it is about. */
    cluster: z.string(),
    /** `request` for a certificate, `certificate` of the root, kubeconfig of a `reader`, or the `istiod` that serves it. */
    what: z.enum(["request", "certificate", "reader", "istiod"]),
    /** Name of the stack that gives it. */
    stack: z.string(),
    /** What is seen, and which `up` brings it. */
    message: z.string(),
});
export type Missing = z.infer<typeof missing>;

/**
 * Outputs of a stack, once it is up. No private key and no administrator's kubeconfig is among them: who reads one output
 * of a stack records all of them in a state of its own.
 */
export const outputsSchema = z.object({
    meshId: z.string(),
    trustDomain: z.string(),
    /**
     * What the whole mesh trusts, PEM: the root that signs first, then, while it is rotated, the other one; absent until the root
     * has signed a cluster of the stack.
     */
    rootCertificate: z.string().exactOptional(),
    /** Their generations, in the same order; absent where another stack owns the root. */
    roots: z.array(z.number()).exactOptional(),
    /** Generations of the tokens that its clusters accept of their peers, the one that those have first. */
    readerTokens: z.array(z.number()).exactOptional(),
    /** The stack's own clusters, by short name. */
    clusters: z.record(z.string(), clusterOutput),
    /** The stack's own clusters outside of the mesh that run an istiod for it, by short name. Absent where there are none. */
    externals: z.record(z.string(), z.object({ identity })).exactOptional(),
    /** What the mesh shares; absent where it lists nothing, and shares all. */
    services: z.array(serviceSchema).exactOptional(),
    /** Absent where no cluster of the stack runs webapp. */
    request: referenceRequest.exactOptional(),
    /** For the root's stack: certificate requests of the own clusters, PEM. */
    requests: byCluster,
    /** From the root's stack: certificates of the clusters of other stacks, PEM. */
    certificates: byCluster,
    /** For other stacks: kubeconfigs with which they discover the own clusters that they peer with. Secret. */
    readers: byCluster,
    /** What other stacks have to give before this one is whole. */
    missing: z.array(missing),
});
export type Outputs = z.infer<typeof outputsSchema>;

/** What a stack gives a cluster without an istiod that one of its own serves. */
export interface Serving {
    /** Where that istiod answers. */
    readonly address: string;
    /** Whether it reads the cluster: only then pods get a sidecar there. */
    readonly reads: boolean;
}

/** @returns undefined while there is no such istiod yet. */
export function servingOf(
    { clusters, missing }: Pick<Outputs, "clusters" | "missing">,
    primary: string,
    cluster: string,
): Serving | undefined {
    const { external, eastWestGateway, peers } = clusters[primary] ?? {};
    const waits = missing.some(({ what, cluster: other }) => what === "reader" && other === cluster);
    const at = external ?? eastWestGateway;
    return at && { address: at.address, reads: peers?.includes(cluster) === true && !waits };
}

/** Whether one of a stack's clusters has a control plane: of its own, with a certificate, or another cluster's that serves it. */
export function hasControlPlane(
    { name, certificate, primary }: ClusterOutput,
    missing: readonly Pick<Missing, "cluster" | "what">[],
): boolean {
    const waits = missing.some(({ what, cluster }) => what === "istiod" && cluster === name);
    return certificate !== undefined || (primary !== undefined && !waits);
}

/** Outputs of a stack that may not be up, or not to its end: any of them may be absent. */
export const partialOutputs = outputsSchema.partial();

/** What the proof has to know of a mesh. Nothing here depends on how the mesh was made. */
import type { ReferenceRequest } from "../shared/outputs";
import type { ClusterNames, ListedService } from "../shared/topology";

/** One Kubernetes cluster of the mesh, as it is declared. */
export interface DeclaredCluster extends ClusterNames {
    /** {@link DeclaredCluster.name} of the clusters whose services it discovers. Default all others of the mesh. */
    readonly peers?: readonly string[];
    /** Istio's name of the cluster whose istiod serves it; absent where it has one of its own. */
    readonly primary?: string;
    /** Certificate of its own intermediate, PEM, as it was signed; absent where nobody knows, and where another's istiod serves it. */
    readonly certificate?: string;
    /** The cluster outside of the mesh in which its istiod runs; absent where it runs in the cluster itself, or nobody looks there. */
    readonly external?: { readonly name: string };
    /** What other networks dial to reach this one; absent when the cluster has no east-west gateway yet. */
    readonly eastWestGateway?: GatewayAddress;
    /** IP address or host name of the ingress gateway; absent when the cluster has none. */
    readonly ingressAddress?: string;
}

/** The way to a cluster's API server. */
export interface Way {
    /** How messages call the cluster. */
    readonly name: string;
    /** Kubeconfig as YAML text, with rights to read the cluster and to forward ports of pods. Secret. */
    readonly kubeconfig: string;
    /** Context in `kubeconfig`, where it is not the current one. */
    readonly context?: string;
}

/** A cluster that can be looked at. */
export interface MeshCluster extends DeclaredCluster, Way {
    readonly external?: Way;
    /** URL under which pods of the other clusters reach its API server. Default that of the kubeconfig. */
    readonly apiServer?: string;
    /** Whether its stack has made something in it; absent where no stack is known. */
    readonly begun?: boolean;
    /** Set for a cluster that is to run an istiod of the mesh, and is none of its clusters. Only before an `up`. */
    readonly isOutside?: true;
}

export interface GatewayAddress {
    /** IP address or, behind some cloud load balancers, a host name. */
    readonly address: string;
    /** TCP port; 15443 in Istio's own charts. */
    readonly port: number;
}

export interface DeclaredMesh<Cluster extends DeclaredCluster = DeclaredCluster> {
    readonly clusters: readonly Cluster[];
    /** Set where the mesh may have clusters beside these, which nobody looks at. */
    readonly mayHaveMore?: true;
    /** Name of the mesh; absent where it is only known that all clusters have the same one. */
    readonly meshId?: string;
    /** First part of every workload's identity; absent likewise. */
    readonly trustDomain?: string;
    /** Root that all workloads trust, PEM; absent likewise. */
    readonly rootCertificate?: string;
    /** What it shares; absent where it lists nothing, and shares all, or where nobody knows. */
    readonly services?: readonly ListedService[];
    /** Absent when the mesh has no sample apps; the checks that need it are then skipped. */
    readonly request?: ReferenceRequest;
}

export type Mesh = DeclaredMesh<MeshCluster>;

/** The cluster whose istiod serves another one. */
export interface Primary {
    /** Istio's name of it. */
    readonly clusterName: string;
    /** {@link DeclaredCluster.name}; absent where nobody looks at it. */
    readonly name?: string;
}

/** @returns undefined for a cluster with an istiod of its own. */
export function primaryOf({ clusters }: Pick<DeclaredMesh, "clusters">, cluster: string): Primary | undefined {
    const clusterName = clusters.find(({ name }) => name === cluster)?.primary;
    if (clusterName === undefined) return undefined;
    // One that is served by its own name has its istiod in a cluster that nobody looks at.
    const serving = clusters.find((each) => each.clusterName === clusterName && each.primary === undefined);
    return { clusterName, ...(serving === undefined ? {} : { name: serving.name }) };
}

/** Short name of the cluster whose istiod serves one, which may be itself; Istio's name, where nobody looks at it. */
export function servingName(mesh: Pick<DeclaredMesh, "clusters">, cluster: string): string {
    const primary = primaryOf(mesh, cluster);
    return primary === undefined ? cluster : (primary.name ?? primary.clusterName);
}

/** Short name of the cluster in which the istiod runs that serves one; Istio's name, where nobody looks at it. */
export function istiodHome(mesh: Pick<DeclaredMesh, "clusters">, cluster: string): string {
    const serving = servingName(mesh, cluster);
    return mesh.clusters.find(({ name }) => name === serving)?.external?.name ?? serving;
}

/** Who serves a cluster without an istiod, in words. @returns undefined for a cluster with one of its own. */
export function servedBy(mesh: Pick<DeclaredMesh, "clusters">, cluster: string): string | undefined {
    const primary = primaryOf(mesh, cluster);
    if (primary === undefined) return undefined;
    return primary.name === undefined
        ? `the istiod of ${primary.clusterName} serves it, in a cluster that nobody looks at: not judged`
        : `the istiod of ${primary.name} serves it`;
}

/** The clusters on a cluster's own network, itself among them: their pods reach each other directly. */
export function onNetworkOf<Cluster extends DeclaredCluster>(
    { clusters }: DeclaredMesh<Cluster>,
    cluster: string,
): Cluster[] {
    const network = clusters.find(({ name }) => name === cluster)?.network;
    return clusters.filter((other) => other.network === network);
}

/** The clusters that a cluster discovers, and reaches through a gateway only. */
export function peersElsewhere<Cluster extends DeclaredCluster>(
    mesh: DeclaredMesh<Cluster>,
    cluster: string,
): Cluster[] {
    const near = onNetworkOf(mesh, cluster);
    return peersOf(mesh, cluster).filter((peer) => !near.includes(peer));
}

/** Whether clusters on other networks discover a cluster. */
export function isDialled(mesh: DeclaredMesh, cluster: string): boolean {
    return mesh.clusters.some(({ name }) => peersElsewhere(mesh, name).some((peer) => peer.name === cluster));
}

/** The clusters whose services a cluster discovers. */
export function peersOf<Cluster extends DeclaredCluster>(
    { clusters }: DeclaredMesh<Cluster>,
    cluster: string,
): Cluster[] {
    const peers = clusters.find(({ name }) => name === cluster)?.peers;
    return clusters.filter(({ name }) => name !== cluster && (peers === undefined || peers.includes(name)));
}

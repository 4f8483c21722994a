/** The topology of a mesh: its clusters, as the setting `mesh` has them. */
import { z } from "zod";

const cluster = z.strictObject({
    name: z.string(),
    clusterName: z.string().optional(),
    network: z.string().optional(),
    peers: z.array(z.string()).optional(),
    controlPlane: z.string().optional(),
    stack: z.string().optional(),
});

/** The setting `mesh`, defaults filled in. */
export const topologySchema = z.strictObject({
    id: z.string(),
    trustDomain: z.string().default("cluster.local"),
    rootStack: z.string().default("root"),
    clusters: z.array(cluster),
});
export type Topology = z.infer<typeof topologySchema>;
type Member = Topology["clusters"][number];

/** The names of a cluster. */
export interface ClusterNames {
    /** Short name that messages and reports use, e.g. `west`. Unique in the mesh. */
    readonly name: string;
    /** Istio's name of the cluster (`global.multiCluster.clusterName`), e.g. `west-cluster`. Unique in the mesh. */
    readonly clusterName: string;
    /** Istio's network (`global.network`), e.g. `west-network`. */
    readonly network: string;
}

/** A cluster of the mesh, whichever stack owns it. */
export interface ClusterIdentity extends ClusterNames {
    /** Its index in the topology, equal in all stacks. */
    readonly position: number;
    /** Short names of the clusters whose services it discovers: its own istiod, or the one that serves it. */
    readonly peers: readonly string[];
    /** Short name of the cluster whose istiod serves it; absent where it has one of its own. */
    readonly controlPlane?: string;
    /** Istio's name of that cluster. */
    readonly primary?: string;
    /** Name of the stack that owns it, as those that do not own it look for it. */
    readonly stack: string;
}

/** The clusters of a topology, with what it leaves to defaults: all clusters are peers, and each has a stack of its name. */
export function clustersOf({ clusters }: Pick<Topology, "clusters">): ClusterIdentity[] {
    const names = clusters.map(({ name }) => name);
    const find = (wanted: string): Member | undefined => clusters.find(({ name }) => name === wanted);
    const istioName = (name: string): string => find(name)?.clusterName ?? `${name}-cluster`;
    const discovered = (name: string): string[] => find(name)?.peers ?? names.filter((other) => other !== name);
    return clusters.map(({ name, network, controlPlane, stack }, position) => ({
        name,
        clusterName: istioName(name),
        network: network ?? `${name}-network`,
        position,
        ...(controlPlane === undefined
            ? { peers: discovered(name) }
            : {
                  peers: [controlPlane, ...discovered(controlPlane).filter((other) => other !== name)],
                  controlPlane,
                  primary: istioName(controlPlane),
              }),
        stack: stack ?? name,
    }));
}

/** Whether a cluster's istiod serves others, too. */
export function isShared(
    cluster: string,
    clusters: readonly { readonly controlPlane?: string | undefined }[],
): boolean {
    return clusters.some(({ controlPlane }) => controlPlane === cluster);
}

/** The topology of a mesh: its clusters, as the setting `mesh` has them. */
import { z } from "zod";

const cluster = z.strictObject({
    name: z.string(),
    clusterName: z.string().optional(),
    network: z.string().optional(),
    peers: z.array(z.string()).optional(),
    controlPlane: z.string().optional(),
    stack: z.string().optional(),
    leaving: z.boolean().optional(),
});

/** A service that the mesh shares, as it is listed. */
export const serviceSchema = z.strictObject({
    name: z.string(),
    namespace: z.string(),
    createNamespace: z.array(z.string()).exactOptional(),
    ports: z.array(z.strictObject({ name: z.string(), port: z.number(), appProtocol: z.string().exactOptional() })),
    headless: z.boolean().exactOptional(),
    clusters: z.array(z.string()),
    exports: z.array(z.string()).exactOptional(),
    locality: z
        .strictObject({
            enabled: z.boolean().exactOptional(),
            failoverPriority: z.array(z.string()).exactOptional(),
            failover: z.array(z.strictObject({ from: z.string(), to: z.string() })).exactOptional(),
            distribute: z
                .array(z.strictObject({ from: z.string(), to: z.record(z.string(), z.number()) }))
                .exactOptional(),
        })
        .exactOptional(),
    outlierDetection: z
        .strictObject({
            consecutive5xxErrors: z.number().exactOptional(),
            interval: z.string().exactOptional(),
            baseEjectionTime: z.string().exactOptional(),
            maxEjectionPercent: z.number().exactOptional(),
        })
        .exactOptional(),
    connectTimeout: z.string().exactOptional(),
    retries: z
        .strictObject({
            attempts: z.number(),
            perTryTimeout: z.string().exactOptional(),
            retryOn: z.string().exactOptional(),
        })
        .exactOptional(),
    callers: z.array(z.strictObject({ namespace: z.string(), account: z.string().exactOptional() })).exactOptional(),
    selector: z.record(z.string(), z.string()).exactOptional(),
});

/** The setting `mesh`, defaults filled in. */
export const topologySchema = z.strictObject({
    id: z.string(),
    trustDomain: z.string().default("cluster.local"),
    rootStack: z.string().default("root"),
    clusters: z.array(cluster),
    services: z.array(serviceSchema).exactOptional(),
    denyByDefault: z.boolean().default(false),
});
export type Topology = z.infer<typeof topologySchema>;
export type ListedService = z.infer<typeof serviceSchema>;
type Member = Topology["clusters"][number];

/** The names of a cluster. */
export interface ClusterNames {
    /** Short name that messages and reports use, e.g. `west`. Unique in the mesh. */
    readonly name: string;
    /** Istio's name of the cluster (`global.multiCluster.clusterName`), e.g. `west-cluster`. Unique in the mesh. */
    readonly clusterName: string;
    /** Istio's network (`global.network`), e.g. `west-network`. Clusters on one network reach each other's pods directly. */
    readonly network: string;
}

/** A cluster of the mesh, whichever stack owns it. */
export interface ClusterIdentity extends ClusterNames {
    /** Its index in the topology, equal in all stacks. */
    readonly position: number;
    /** Short names of the clusters whose services it discovers: its own istiod, or the one that serves it. */
    readonly peers: readonly string[];
    /** The cluster whose istiod serves it; absent where it has one of its own. */
    readonly primary?: Pick<ClusterNames, "name" | "clusterName">;
    /** Name of the cluster outside of the mesh in which its own istiod runs; absent where that is the cluster itself. */
    readonly external?: string;
    /** Set for a cluster that is about to leave: no other one discovers its services any more. */
    readonly leaving?: true;
    /** Name of the stack that owns it, as those that do not own it look for it. */
    readonly stack: string;
}

/** The clusters of a topology, with what it leaves to defaults: all but leaving ones are peers, and each has a stack of its name. */
export function clustersOf({ clusters }: Pick<Topology, "clusters">): ClusterIdentity[] {
    const names = clusters.map(({ name }) => name);
    const find = (wanted: string): Member | undefined => clusters.find(({ name }) => name === wanted);
    const istioName = (name: string): string => find(name)?.clusterName ?? `${name}-cluster`;
    const discovered = (name: string): string[] =>
        (find(name)?.peers ?? names.filter((other) => other !== name)).filter((peer) => find(peer)?.leaving !== true);
    return clusters.map(({ name, network, controlPlane, stack, leaving }, position) => {
        const primary = controlPlane === undefined ? name : primaryOf(controlPlane, clusters);
        return {
            name,
            clusterName: istioName(name),
            network: network ?? ownNetwork(name),
            position,
            ...(primary === name
                ? { peers: discovered(name), ...(controlPlane === undefined ? {} : { external: controlPlane }) }
                : {
                      peers: [primary, ...discovered(primary).filter((other) => other !== name)],
                      primary: { name: primary, clusterName: istioName(primary) },
                  }),
            stack: stack ?? name,
            ...(leaving === true && { leaving }),
        };
    });
}

/** A cluster outside of the mesh that runs the istiod of one of its clusters. */
export interface ExternalCluster {
    readonly name: string;
    /** The config cluster, whose istiod it is. */
    readonly of: ClusterIdentity;
    /** Beyond the indices of the topology, so that it stays when clusters join and leave. */
    readonly position: number;
}

/** More than a mesh has clusters on one machine. */
const FIRST_EXTERNAL = 100;

export function externalClustersOf(clusters: readonly ClusterIdentity[]): ExternalCluster[] {
    return clusters
        .flatMap((of) => (of.external === undefined ? [] : [{ name: of.external, of }]))
        .map((each, index) => ({ ...each, position: FIRST_EXTERNAL + index }));
}

/** The member whose istiod a control plane is: the one of that name, or the config cluster of an external one. */
function primaryOf(controlPlane: string, clusters: readonly Member[]): string {
    const isMember = clusters.some(({ name }) => name === controlPlane);
    return (isMember ? undefined : configClusterOf(controlPlane, clusters)) ?? controlPlane;
}

/**
 * The config cluster of an external one: the first that names it; undefined where none does.
 * https://istio.io/latest/docs/setup/install/external-controlplane/
 */
export function configClusterOf(
    external: string,
    clusters: readonly Pick<Member, "name" | "controlPlane">[],
): string | undefined {
    return clusters.find(({ controlPlane }) => controlPlane === external)?.name;
}

/**
 * Whether a cluster's network may be others', too. One by another name than its own may, whether or not others are on it now, so
 * that nothing changes in a cluster when the others leave.
 */
export function sharesNetwork({ name, network }: ClusterNames, clusters: readonly ClusterNames[]): boolean {
    return network !== ownNetwork(name) || clusters.some((other) => other.name !== name && other.network === network);
}

function ownNetwork(cluster: string): string {
    return `${cluster}-network`;
}

/** Whether others dial a cluster's east-west gateway: clusters on other networks, or those that its istiod serves. */
export function hasEastWestGateway(
    cluster: ClusterIdentity,
    clusters: readonly Pick<ClusterIdentity, "network" | "primary">[],
): boolean {
    return isShared(cluster, clusters) || clusters.some(({ network }) => network !== cluster.network);
}

/** Whether a cluster's istiod, which runs there, serves others, too. */
export function isShared(
    { name, external }: Pick<ClusterIdentity, "name" | "external">,
    clusters: readonly Pick<ClusterIdentity, "primary">[],
): boolean {
    return external === undefined && clusters.some(({ primary }) => primary?.name === name);
}

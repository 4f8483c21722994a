/** The mesh as checks see it: what is declared, and a view of every cluster. */
import { type Mesh, type MeshCluster, servingName } from "../mesh";
import { ObservationError } from "./connection";
import { KubernetesView } from "./kubernetes";

export { ObservationError } from "./connection";

export interface ObservedCluster {
    readonly declared: MeshCluster;
    readonly kubernetes: KubernetesView;
}

export interface MeshView {
    readonly mesh: Mesh;
    readonly clusters: readonly ObservedCluster[];
    /** Ends every read. */
    readonly signal: AbortSignal;
}

/** Opens a view that, unless it is to look anew each time, reads everything at most once; connects to nothing yet. */
export async function observe(mesh: Mesh, signal: AbortSignal, remembers = true): Promise<MeshView> {
    const client = await import("@kubernetes/client-node");
    return {
        mesh,
        signal,
        clusters: mesh.clusters.map((declared) => ({
            declared,
            kubernetes: new KubernetesView(client, declared, signal, { remembers }),
        })),
    };
}

/** What is found in each cluster, side by side, with the cluster's name. */
export function inEachCluster<Found extends object>(
    { clusters }: MeshView,
    look: (kubernetes: KubernetesView, declared: MeshCluster) => Promise<Found>,
): Promise<({ readonly cluster: string } & Found)[]> {
    return Promise.all(
        clusters.map(async ({ declared, kubernetes }) => ({
            cluster: declared.name,
            ...(await look(kubernetes, declared)),
        })),
    );
}

/** @throws ObservationError when the mesh has no cluster of this name. */
export function clusterNamed(view: MeshView, name: string): ObservedCluster {
    const cluster = view.clusters.find(({ declared }) => declared.name === name);
    if (cluster === undefined) {
        throw new ObservationError(`the mesh has no cluster named "${name}"`);
    }
    return cluster;
}

/** The cluster whose istiod serves another one; that one itself where the first is not looked at. */
export function servingCluster({ mesh, clusters }: MeshView, served: ObservedCluster): ObservedCluster {
    const serving = servingName(mesh, served.declared.name);
    return clusters.find(({ declared }) => declared.name === serving) ?? served;
}

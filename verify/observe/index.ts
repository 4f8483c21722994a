/** The mesh as checks see it: what is declared, and a view of every cluster. */
import type { Mesh, MeshCluster } from "../mesh";
import { KubernetesView, ObservationError } from "./kubernetes";

export { ObservationError } from "./kubernetes";

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

/** Opens a view; connects to nothing yet. */
export async function observe(mesh: Mesh, signal: AbortSignal): Promise<MeshView> {
    const client = await import("@kubernetes/client-node");
    return {
        mesh,
        signal,
        clusters: mesh.clusters.map((declared) => ({
            declared,
            kubernetes: new KubernetesView(client, declared, signal),
        })),
    };
}

/** @throws ObservationError when the mesh has no cluster of this name. */
export function clusterNamed(view: MeshView, name: string): ObservedCluster {
    const cluster = view.clusters.find(({ declared }) => declared.name === name);
    if (cluster === undefined) {
        throw new ObservationError(`the mesh has no cluster named "${name}"`);
    }
    return cluster;
}

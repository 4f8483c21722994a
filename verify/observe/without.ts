/** A mesh as it is seen when one of its clusters does not let itself be seen. */
import { type Mesh, type MeshCluster, servingName } from "../mesh";
import type { MeshView } from "./index";

/**
 * What is left without a cluster, or without the one in which an istiod of the mesh runs: not those that it serves, or that serve it,
 * or that are on its network, since what is right for them is not known without it.
 *
 * @returns undefined where nothing is left, or nothing goes.
 */
export function withoutCluster(view: MeshView, name: string): MeshView | undefined {
    const { mesh } = view;
    const gone = mesh.clusters.filter((cluster) => cluster.name === name || cluster.external?.name === name);
    const left = mesh.clusters.filter((cluster) => !gone.some((other) => areTied(mesh, cluster, other)));
    if (gone.length === 0 || left.length === 0) return undefined;
    const isLeft = (cluster: string): boolean => left.some((each) => each.name === cluster);
    const { request, ...others } = mesh;
    return {
        ...view,
        mesh: {
            ...others,
            clusters: left,
            mayHaveMore: true,
            ...(request && [request.through, ...request.answeredBy].every(isLeft) && { request }),
        },
        clusters: view.clusters.filter(({ declared }) => isLeft(declared.name)),
    };
}

function areTied(mesh: Mesh, one: MeshCluster, other: MeshCluster): boolean {
    return one.network === other.network || servingName(mesh, one.name) === servingName(mesh, other.name);
}

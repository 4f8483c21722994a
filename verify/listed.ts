/** The services that a mesh lists, and what the list means for its clusters. */
import { serviceHost, type SharingMember } from "../components/internal/services";
import { sharingOf } from "../components/internal/sharing";
import type { ListedService } from "../shared/topology";
import { type DeclaredMesh, servingName } from "./mesh";

type Listing = Pick<DeclaredMesh, "clusters">;

/** The clusters as the rules of a list see them. */
export function membersOf(mesh: Listing): SharingMember[] {
    return mesh.clusters.map(({ name, network, peers }) => ({ name, istiod: servingName(mesh, name), network, peers }));
}

/** `name.namespace` of a listed service, as DNS and reports have it. */
export function dotted({ name, namespace }: Pick<ListedService, "name" | "namespace">): string {
    return `${name}.${namespace}`;
}

/** Which of the listed services a cluster's clients find in other clusters, and which other networks find there. */
export function sharedIn(
    mesh: Listing,
    cluster: string,
    services: readonly ListedService[],
): { readonly known: readonly ListedService[]; readonly exported: readonly ListedService[] } {
    const { known, exported } = sharingOf(cluster, services, membersOf(mesh));
    const among = (hosts: readonly string[]): ListedService[] =>
        services.filter(({ name, namespace }) => hosts.includes(serviceHost(name, namespace)));
    return { known: among(known), exported: among(exported) };
}

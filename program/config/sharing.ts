/** What each cluster has to do with the services that the mesh shares. */
import { SAMPLE_NAMESPACE, type SharingArgs } from "../../components/index";
import type { SharingMember } from "../../components/internal/services";
import { partOf, type ServicePart, sharingOf } from "../../components/internal/sharing";
import type { ClusterIdentity, Topology } from "../../shared/topology";

/** What of the mesh's services a cluster shares. */
export interface Sharing {
    readonly sharing: SharingArgs;
    readonly parts: readonly ServicePart[];
    /** Namespaces of these that the stack makes, since nothing else has. */
    readonly namespaces: readonly string[];
}

/**
 * @param hasApps Whether the cluster has the sample apps, which bring catalog's Service themselves.
 * @returns undefined where the mesh lists none, and so shares all.
 */
export function sharedBy(
    cluster: string,
    { services }: Pick<Topology, "services">,
    clusters: readonly ClusterIdentity[],
    hasApps: boolean,
): Sharing | undefined {
    if (services === undefined) return undefined;
    const members = membersOf(clusters);
    const parts = services.flatMap((service) => {
        const hasService = service.clusters.includes(cluster) || (hasApps && isApp(service, "catalog"));
        return partOf(cluster, service, members, hasService) ?? [];
    });
    const made = services.filter(({ createNamespace }) => createNamespace?.includes(cluster));
    const namespaces = [...new Set(made.map(({ namespace }) => namespace))];
    return { sharing: sharingOf(cluster, services, members), parts, namespaces };
}

export type App = "webapp" | "catalog";

/** Whether a service is one of the sample apps'. */
export function isApp(service: { readonly name: string; readonly namespace: string }, app: App): boolean {
    return service.name === app && service.namespace === SAMPLE_NAMESPACE;
}

export function membersOf(clusters: readonly ClusterIdentity[]): SharingMember[] {
    return clusters.map(({ name, primary, peers }) => ({ name, istiod: primary?.name ?? name, peers }));
}

/** What each cluster has to do with the services that the mesh shares. */
import { type IstioArgs, SAMPLE_NAMESPACE, type SharingArgs } from "../../components/index";
import type { SharingMember } from "../../components/internal/services";
import { partOf, type ServicePart, sharingOf } from "../../components/internal/sharing";
import { mergeIstio } from "../../components/istio";
import type { ClusterIdentity, Topology } from "../../shared/topology";

/** How Istio is installed, as far as a stack says so: in the whole mesh, and in its own clusters. */
interface IstioSettings {
    readonly istio?: IstioArgs;
    readonly clusters?: Readonly<Record<string, { readonly istio?: IstioArgs }>>;
}

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
    settings: IstioSettings & { readonly mesh: Pick<Topology, "services"> },
    clusters: readonly ClusterIdentity[],
    hasApps: boolean,
): Sharing | undefined {
    const { services } = settings.mesh;
    if (services === undefined) return undefined;
    const members = membersOf(clusters, settings);
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

export function membersOf(
    clusters: readonly ClusterIdentity[],
    { istio, clusters: own = {} }: IstioSettings = {},
): SharingMember[] {
    return clusters.map(({ name, network, primary, peers }) => {
        const istiod = primary?.name ?? name;
        // What another stack sets for its cluster, that stack knows.
        const dnsProxy = istiod in own ? (mergeIstio(istio, own[istiod]?.istio).dnsProxy ?? false) : undefined;
        return { name, istiod, network, peers, dnsProxy };
    });
}

/** What a cluster that leaves is to the others: what would end with it, and who knows it still. Judging is pure. */
import type { V1Pod } from "@kubernetes/client-node";
import { type DeclaredCluster, type Mesh, onNetworkOf, peersOf, servingName } from "../mesh";
import { inEachCluster, observe } from "../observe";
import { dialled } from "../observe/eastWest";
import { upstreamsOf } from "../observe/envoy";
import { everyProxy, type Unreadable } from "../observe/everyProxy";
import { type Endpoints, readClusters, readEndpoints, readGateways, readProxies } from "../observe/istiod";
import type { KubernetesView } from "../observe/kubernetes";
import { dottedName, qualifiedName } from "../observe/objects";
import type { Behind } from "../rotation/behind";

/** Istio keeps requests for Services of this namespace in the client's cluster. */
const CLUSTER_LOCAL = "kube-system";

/** A cluster that leaves, as its peers know it. */
export interface Leaving extends Pick<DeclaredCluster, "name" | "clusterName" | "network"> {
    /** `address:port` of its gateways, as others dial them. */
    readonly gateways: readonly string[];
    /** Addresses of its pods, where others dial them without a gateway. */
    readonly pods: readonly string[];
}

/** A Service that no other cluster has pods for. */
export interface OnlyThere {
    /** `name.namespace` */
    readonly service: string;
    /** Clusters with a Service of this name. */
    readonly callers: readonly string[];
}

/** @param answers Whether the cluster itself can be asked. @throws ObservationError for a cluster that does not answer. */
export async function leavingOf(mesh: Mesh, name: string, answers: boolean, signal: AbortSignal): Promise<Leaving> {
    const view = await observe(mesh, signal);
    const own = view.clusters.find(({ declared }) => declared.name === name);
    const other = view.clusters.find(({ declared }) => declared.name !== name);
    if (own === undefined || other === undefined) throw new Error(`${name} is not one of several clusters`);
    const { clusterName, network, eastWestGateway } = own.declared;
    if (!answers) {
        const gateways = eastWestGateway === undefined ? [] : [`${eastWestGateway.address}:${eastWestGateway.port}`];
        return { name, clusterName, network, gateways, pods: [] };
    }
    const isShared = onNetworkOf(mesh, name).length > 1;
    const [gateways, pods] = await Promise.all([
        dialled(own.kubernetes, own.declared, other.kubernetes),
        isShared ? own.kubernetes.pods("") : [],
    ]);
    const addresses = pods.flatMap(({ spec, status }) => (spec?.hostNetwork === true ? [] : (status?.podIP ?? [])));
    return { name, clusterName, network, gateways, pods: addresses };
}

/** Services that others call, and that only the pods of one cluster answer. @throws ObservationError */
export async function onlyIn(mesh: Mesh, name: string, signal: AbortSignal): Promise<OnlyThere[]> {
    const clusterName = mesh.clusters.find((cluster) => cluster.name === name)?.clusterName ?? name;
    const readers = mesh.clusters.filter((cluster) => peersOf(mesh, cluster.name).some((peer) => peer.name === name));
    const found = await inEachCluster(await observe({ ...mesh, clusters: readers }, signal), async (kubernetes) => {
        const [services, istiods] = await Promise.all([kubernetes.services(), readEndpoints(kubernetes)]);
        return { services: services.map(dottedName), endpoints: istiods[0]?.endpoints ?? {} };
    });
    const endpointsOf = (cluster: string): Endpoints =>
        found.find((each) => each.cluster === servingName(mesh, cluster))?.endpoints ?? {};
    return answeredOnlyBy(
        clusterName,
        found.map(({ cluster, services }) => ({ cluster, services, endpoints: endpointsOf(cluster) })),
    );
}

/** @param found Names of the Services of each cluster, and the endpoints that the istiod knows that serves it. */
export function answeredOnlyBy(
    clusterName: string,
    found: readonly { readonly cluster: string; readonly services: readonly string[]; readonly endpoints: Endpoints }[],
): OnlyThere[] {
    const callers = new Map<string, string[]>();
    for (const { cluster, services, endpoints } of found) {
        const { [clusterName]: there = {}, ...elsewhere } = endpoints;
        const isAnswered = (known: Endpoints[string], service: string): boolean => (known[service] ?? []).length > 0;
        for (const service of services) {
            if (service.endsWith(`.${CLUSTER_LOCAL}`) || !isAnswered(there, service)) continue;
            if (Object.values(elsewhere).some((known) => isAnswered(known, service))) continue;
            callers.set(service, [...(callers.get(service) ?? []), cluster]);
        }
    }
    return [...callers].sort().map(([service, clusters]) => ({ service, callers: clusters }));
}

/** A proxy, and `address:port` of all that it sends requests to. */
interface Sending {
    readonly pod: string;
    readonly sendsTo: readonly string[];
}

/** What one cluster knows, and sends requests to. */
export interface Known {
    readonly cluster: string;
    readonly istiods: readonly {
        readonly pod: string;
        /** Istio's names of the clusters that it reads. */
        readonly reads: readonly string[];
        readonly endpoints: Endpoints;
        readonly gateways: readonly { readonly network: string; readonly address: string; readonly port: number }[];
        /** Proxies that have not confirmed what it sent them last. */
        readonly unconfirmed: readonly string[];
    }[];
    /** With the reason where one did not answer. */
    readonly proxies: readonly (Sending | Unreadable)[];
}

export interface Knowing extends Behind {
    /** Set where an istiod knows a gateway of the cluster that leaves. */
    readonly isGateway?: true;
}

/** @param mesh Without the cluster that leaves. @throws ObservationError for a cluster that does not answer. */
export async function stillKnown(mesh: Mesh, leaving: Leaving, signal: AbortSignal): Promise<Knowing[]> {
    const known = await inEachCluster(await observe(mesh, signal), async (kubernetes, { primary }) => {
        const [istiods, proxies] = await Promise.all([
            // The istiod that serves it is asked where it runs.
            primary === undefined ? istiodsOf(kubernetes) : [],
            everyProxy(kubernetes, (pod) => sendsTo(kubernetes, pod)),
        ]);
        return { istiods, proxies };
    });
    return known.flatMap((each) => knowingOf(each, leaving, mesh));
}

async function istiodsOf(kubernetes: KubernetesView): Promise<Known["istiods"]> {
    const [clusters, endpoints, gateways, proxies] = await Promise.all([
        readClusters(kubernetes),
        readEndpoints(kubernetes),
        readGateways(kubernetes),
        readProxies(kubernetes),
    ]);
    return clusters.map(({ pod, clusters: read }) => {
        const connected = proxies.find((each) => each.pod === pod)?.proxies ?? [];
        return {
            pod,
            reads: read.map(({ id }) => id),
            endpoints: endpoints.find((each) => each.pod === pod)?.endpoints ?? {},
            gateways: gateways.find((each) => each.pod === pod)?.gateways ?? [],
            unconfirmed: connected.filter(({ unconfirmed }) => unconfirmed.length > 0).map(({ proxy }) => proxy),
        };
    });
}

async function sendsTo(kubernetes: KubernetesView, pod: V1Pod): Promise<Sending> {
    const upstreams = await upstreamsOf(kubernetes, pod);
    const all = upstreams.flatMap(({ endpoints }) => endpoints.map(({ address, port }) => `${address}:${port}`));
    return { pod: qualifiedName(pod), sendsTo: all };
}

/** @param mesh Without the cluster that leaves. */
export function knowingOf(
    { cluster, istiods, proxies }: Known,
    { name, clusterName, network, gateways, pods }: Leaving,
    mesh: Pick<Mesh, "clusters">,
): Knowing[] {
    const isLast = mesh.clusters.every((other) => other.network !== network);
    return [
        ...istiods.flatMap((istiod) => {
            const at = { cluster, who: istiod.pod };
            const left = Object.values(istiod.endpoints[clusterName] ?? {}).flat().length;
            const ways = istiod.gateways.filter(
                (way) => gateways.includes(`${way.address}:${way.port}`) || (isLast && way.network === network),
            );
            return [
                ...(istiod.reads.includes(clusterName) ? [{ ...at, why: `reads ${name}` }] : []),
                ...(left > 0 ? [{ ...at, why: `knows ${left} endpoints in ${name}` }] : []),
                ...ways.map(({ address, port }) => {
                    const why = `knows the gateway ${address}:${port} of ${name}`;
                    return { ...at, why, isGateway: true as const };
                }),
                ...istiod.unconfirmed.map((who) => ({ cluster, who, why: "has not confirmed what istiod sent it" })),
            ];
        }),
        ...proxies.flatMap((proxy) => {
            const at = { cluster, who: proxy.pod };
            if ("unreadable" in proxy) return [{ ...at, why: `does not answer: ${proxy.unreadable}` }];
            const found = proxy.sendsTo.find((to) => gateways.includes(to) || pods.includes(to.replace(/:\d+$/, "")));
            return found === undefined ? [] : [{ ...at, why: `sends requests to ${found} of ${name}` }];
        }),
    ];
}

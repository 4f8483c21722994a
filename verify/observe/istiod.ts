/** What control planes answer, by istiod's debug interface on their loopback. Parsing is pure. */
import { z } from "zod";
import { parseAnswer } from "./answer";
import { controlPlaneOf } from "./controlPlane";
import type { KubernetesView } from "./kubernetes";
import { isReady } from "./objects";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const ISTIOD_MONITORING_PORT = 15014;

/** What one istiod replica answered, with the name of its pod. */
export type Told<Answer extends object> = { readonly pod: string } & Answer;

/** Asks every istiod replica of a cluster that is ready, side by side: the others are named by istiod-ready. */
async function fromIstiods<Answer extends object>(
    cluster: KubernetesView,
    path: string,
    parse: (json: string) => Answer,
): Promise<Told<Answer>[]> {
    const { pods, namespace } = await controlPlaneOf(cluster);
    return Promise.all(
        pods.filter(isReady).map(async ({ metadata }) => {
            const pod = metadata?.name ?? "";
            const port = { namespace, pod, port: ISTIOD_MONITORING_PORT };
            return { pod, ...parse(await cluster.istiod.getFromPod(port, path)) };
        }),
    );
}

/** Status of a cluster in istiod's eyes: `synced`, `syncing`, `timeout` or `closed`. */
const clusterz = z.array(z.object({ id: z.string(), syncStatus: z.string() }));
export type ClusterSync = z.infer<typeof clusterz>[number];
export type ReadClusters = Told<{ readonly clusters: readonly ClusterSync[] }>;

/** The clusters that each istiod replica reads, its own included. */
export function readClusters(cluster: KubernetesView): Promise<ReadClusters[]> {
    return fromIstiods(cluster, "/debug/clusterz", (json) => ({ clusters: parseClusterz(json) }));
}

/** @param json Answer of `/debug/clusterz`, the source of `istioctl remote-clusters`. */
export function parseClusterz(json: string): ClusterSync[] {
    return parseAnswer("istiod's /debug/clusterz", clusterz, json);
}

/** https://github.com/istio/istio/blob/master/pilot/pkg/model/network.go: Go's field names, as they are. */
const networkz = z.array(z.object({ Network: z.string(), Addr: z.string(), Port: z.number() })).nullable();

/** A way into a network, as istiod takes it. */
export interface KnownGateway {
    readonly network: string;
    readonly address: string;
    readonly port: number;
}
export type KnownGateways = Told<{ readonly gateways: readonly KnownGateway[] }>;

/** The gateways that each istiod replica sends other networks' requests to. */
export function readGateways(cluster: KubernetesView): Promise<KnownGateways[]> {
    return fromIstiods(cluster, "/debug/networkz", (json) => ({ gateways: parseNetworkz(json) }));
}

/** @param json Answer of `/debug/networkz`. */
export function parseNetworkz(json: string): KnownGateway[] {
    return (parseAnswer("istiod's /debug/networkz", networkz, json) ?? []).map(({ Network, Addr, Port }) => ({
        network: Network,
        address: Addr,
        port: Port,
    }));
}

/** One address up to Istio 1.23, several since. */
const endpoint = z.object({ Address: z.string().optional(), Addresses: z.array(z.string()).nullish() });
const endpointShardz = z.record(
    z.string(),
    z.record(z.string(), z.object({ Shards: z.record(z.string(), z.array(endpoint).nullable()) })),
);

/** Addresses by Istio's name of the cluster that has them, and by the Service, as `name.namespace`. */
export type Endpoints = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
export type KnownEndpoints = Told<{ readonly endpoints: Endpoints }>;

/** The endpoints that each istiod replica has found, of its own cluster and of those it reads. */
export function readEndpoints(cluster: KubernetesView): Promise<KnownEndpoints[]> {
    return fromIstiods(cluster, "/debug/endpointShardz", (json) => ({ endpoints: parseEndpointShardz(json) }));
}

/** @param json Answer of `/debug/endpointShardz`: by host name, namespace and registry, e.g. `Kubernetes/west-cluster`. */
export function parseEndpointShardz(json: string): Endpoints {
    const endpoints: Record<string, Record<string, readonly string[]>> = {};
    const hosts = parseAnswer("istiod's /debug/endpointShardz", endpointShardz, json);
    for (const [host, namespaces] of Object.entries(hosts)) {
        const [service = host] = host.split(".svc.");
        for (const [registry, found] of Object.values(namespaces).flatMap(({ Shards }) => Object.entries(Shards))) {
            const [provider, clusterName = ""] = registry.split("/");
            if (provider !== "Kubernetes") continue;
            const addresses = (found ?? []).flatMap(({ Address, Addresses }) => Addresses ?? Address ?? []);
            (endpoints[clusterName] ??= {})[service] = [...new Set(addresses)].sort();
        }
    }
    return endpoints;
}

/** When what a replica signs with ends; absent where it does not say so. */
export interface LoadedAuthority {
    /** Of the first root in root-cert.pem. Seconds since 1970, as those below. */
    readonly rootEnd?: number;
    /** Of the first certificate in cert-chain.pem, the intermediate. */
    readonly intermediateEnd?: number;
}

/** What each istiod replica has loaded of Secret cacerts. */
export function readAuthorities(cluster: KubernetesView): Promise<Told<LoadedAuthority>[]> {
    return fromIstiods(cluster, "/metrics", parseAuthority);
}

/** @param text Answer of `/metrics`: https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics */
export function parseAuthority(text: string): LoadedAuthority {
    const value = (name: string): number | undefined => {
        const [, found] = new RegExp(`^${name} (\\S+)$`, "m").exec(text) ?? [];
        return found === undefined ? undefined : Number(found);
    };
    const rootEnd = value("citadel_server_root_cert_expiry_timestamp");
    const intermediateEnd = value("citadel_server_cert_chain_expiry_timestamp");
    return {
        ...(rootEnd === undefined ? {} : { rootEnd }),
        ...(intermediateEnd === undefined ? {} : { intermediateEnd }),
    };
}

/** What istiod sends, by the name of its fields. */
const KINDS = ["cluster", "listener", "route", "endpoint"] as const;
const nonce = z.string().default("");
const syncz = z.array(
    z.object({
        proxy: z.string(),
        cluster_id: z.string().optional(),
        cluster_sent: nonce,
        cluster_acked: nonce,
        listener_sent: nonce,
        listener_acked: nonce,
        route_sent: nonce,
        route_acked: nonce,
        endpoint_sent: nonce,
        endpoint_acked: nonce,
    }),
);

/** A proxy in the eyes of the istiod that it is connected to. */
export interface ProxySync {
    /** `name.namespace` of its pod. */
    readonly proxy: string;
    /** Istio's name of the cluster that it is in; absent where istiod does not say so. */
    readonly clusterName?: string;
    /** Kinds of configuration of which it has not confirmed what it was sent last, e.g. `listener`. */
    readonly unconfirmed: readonly string[];
}
export type ConnectedProxies = Told<{ readonly proxies: readonly ProxySync[] }>;

/** The proxies that are connected to each istiod replica. */
export function readProxies(cluster: KubernetesView): Promise<ConnectedProxies[]> {
    return fromIstiods(cluster, "/debug/syncz", (json) => ({ proxies: parseSyncz(json) }));
}

/** @param json Answer of `/debug/syncz`, the source of `istioctl proxy-status`. */
export function parseSyncz(json: string): ProxySync[] {
    return parseAnswer("istiod's /debug/syncz", syncz, json).map((status) => ({
        proxy: status.proxy,
        ...(status.cluster_id === undefined ? {} : { clusterName: status.cluster_id }),
        unconfirmed: KINDS.filter((kind) => status[`${kind}_sent`] !== status[`${kind}_acked`]),
    }));
}

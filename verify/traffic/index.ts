/** Who calls whom, and where it is answered: from the counters that the clients' proxies keep in any case. */
import { setTimeout } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import pLimit from "p-limit";
import { type Mesh, onNetworkOf } from "../mesh";
import { clusterNamed, inEachCluster, type MeshView, type ObservedCluster } from "../observe";
import { waysElsewhere } from "../observe/eastWest";
import { readyProxies, upstreamsOf } from "../observe/envoy";
import { serviceOf } from "../observe/envoyAnswers";
import { PROXY_LABEL } from "../observe/istio";
import { dottedName, isNamespaceOfMesh, qualifiedName } from "../observe/objects";
import { observeInTime } from "../runner";

/** Proxies that are asked at a time in each cluster. */
const ASKED_AT_A_TIME = 8;

/** What one proxy has sent to one endpoint since that became known to it. */
export interface Count {
    readonly pod: string;
    /** `app.namespace` */
    readonly client: string;
    /** `name.namespace` */
    readonly service: string;
    readonly port: number;
    /** `address:port` */
    readonly endpoint: string;
    readonly asked: number;
    readonly failed: number;
}

/** Calls of the pods of one app in one cluster, to one service in one cluster. */
export interface Call extends Pick<Count, "client" | "service" | "port"> {
    /** Short name of the client's cluster. */
    readonly cluster: string;
    /** Short name of the cluster that was asked; absent for an address that no cluster of the mesh has. */
    readonly to?: string;
    /** `address:port` of the gateways in between. */
    readonly gateways: readonly string[];
    readonly requests: number;
    /** Of these: not answered, or with 5xx. */
    readonly failed: number;
}

/** Calls of all the mesh's clients between two looks. */
export interface Traffic {
    readonly calls: readonly Call[];
    /** Between the looks. */
    readonly seconds: number;
}

/** Looks twice, some seconds apart. Only reads. */
export async function countTraffic(mesh: Mesh, seconds: number): Promise<Traffic> {
    const look = async () => {
        const view = await observeInTime(mesh);
        return { view, counts: await countAll(view), at: performance.now() };
    };
    const before = await look();
    await setTimeout(seconds * 1000);
    const { view, counts, at } = await look();
    const each = view.clusters.map(async (cluster) => {
        const { name } = cluster.declared;
        const addresses = await addressesFor(view, cluster);
        return callsBetween(name, addresses, before.counts.get(name) ?? [], counts.get(name) ?? []);
    });
    return { calls: (await Promise.all(each)).flat(), seconds: Math.round((at - before.at) / 1000) };
}

/** What all proxies of the mesh count at this moment, by cluster. */
async function countAll(view: MeshView): Promise<ReadonlyMap<string, readonly Count[]>> {
    const found = await inEachCluster(view, async (kubernetes) => {
        return { counts: await countOf({ kubernetes }, await readyProxies(kubernetes)) };
    });
    return new Map(found.map(({ cluster, counts }) => [cluster, counts]));
}

/** What the proxies of some pods count. Pods that end meanwhile count nothing. */
export async function countOf(
    { kubernetes }: Pick<ObservedCluster, "kubernetes">,
    pods: readonly V1Pod[],
): Promise<Count[]> {
    const turn = pLimit(ASKED_AT_A_TIME);
    const each = pods.map((pod) =>
        turn(async () => {
            const { metadata } = pod;
            const app = metadata?.labels?.[PROXY_LABEL];
            const client = app === undefined ? dottedName(pod) : `${app}.${metadata?.namespace ?? ""}`;
            const upstreams = await upstreamsOf(kubernetes, pod).catch(() => []);
            return upstreams.flatMap((upstream) => {
                const service = serviceOf(upstream);
                if (service === undefined || !isNamespaceOfMesh(service.namespace)) return [];
                const called = { service: `${service.name}.${service.namespace}`, port: service.port };
                return upstream.endpoints.map(({ address, port: target, asked, failed }) => ({
                    ...{ pod: qualifiedName(pod), client, ...called },
                    ...{ endpoint: `${address}:${target}`, asked, failed },
                }));
            });
        }),
    );
    return (await Promise.all(each)).flat();
}

/** Where requests of one cluster's clients go, by the addresses that they dial. */
export interface Addresses {
    /** Names of clusters by `address:port` of their gateways. */
    readonly gateways: ReadonlyMap<string, string>;
    /** Names of clusters by the addresses of their pods. */
    readonly pods: ReadonlyMap<string, string>;
}

/** What addresses mean to clients in one cluster. */
export async function addressesFor(view: MeshView, client: ObservedCluster): Promise<Addresses> {
    const [ways, pods] = await Promise.all([waysElsewhere(view, client), podsFor(view, client)]);
    const gateways = [...ways].flatMap(([name, addresses]) => addresses.map((address) => [address, name] as const));
    return { gateways: new Map(gateways), pods };
}

/** Unlike gateways', addresses of pods are others as soon as pods are. */
export async function podsFor(view: MeshView, { declared }: ObservedCluster): Promise<Addresses["pods"]> {
    const each = onNetworkOf(view.mesh, declared.name).map(async ({ name }) => {
        const pods = await clusterNamed(view, name).kubernetes.runningPods(PROXY_LABEL);
        return pods.map(({ status }) => [status?.podIP ?? "", name] as const);
    });
    return new Map((await Promise.all(each)).flat());
}

/** What was called between two looks. A proxy that has begun meanwhile began at zero. */
export function callsBetween(
    cluster: string,
    { gateways, pods }: Addresses,
    before: readonly Count[],
    after: readonly Count[],
): Call[] {
    const key = (count: Count): string => JSON.stringify([count.pod, count.service, count.port, count.endpoint]);
    const earlier = new Map(before.map((count) => [key(count), count]));
    const calls = new Map<string, Call>();
    for (const count of after) {
        const then = earlier.get(key(count));
        // An endpoint that went and came back counts from zero.
        const began = then !== undefined && then.asked <= count.asked ? then : { asked: 0, failed: 0 };
        const [requests, failed] = [count.asked - began.asked, count.failed - began.failed];
        if (requests === 0) continue;
        const { client, service, port, endpoint } = count;
        const gateway = gateways.get(endpoint);
        const to = gateway ?? pods.get(endpoint.replace(/:\d+$/, ""));
        const group = JSON.stringify([client, service, port, to]);
        const known = calls.get(group) ?? { requests: 0, failed: 0, gateways: [] };
        calls.set(group, {
            ...{ cluster, client, service, port },
            ...(to !== undefined && { to }),
            gateways: [...new Set([...known.gateways, ...(gateway === undefined ? [] : [endpoint])])].sort(),
            requests: known.requests + requests,
            failed: known.failed + failed,
        });
    }
    return [...calls.values()];
}

/** The ways into a cluster's networks. */
import type { V1Node, V1Pod, V1Service } from "@kubernetes/client-node";
import { isIP } from "node:net";
import { lookup } from "node:dns/promises";
import { type DeclaredCluster, type GatewayAddress, onNetworkOf } from "../mesh";
import { clusterNamed, type MeshView, type ObservedCluster } from "./index";
import { opensPort } from "./gatewayResources";
import { GATEWAY_PORT, GATEWAY_PORT_LABEL, hasReadyProxy, NETWORK_LABEL, STATUS_PORT } from "./istio";
import { readGateways } from "./istiod";
import type { KubernetesView } from "./kubernetes";
import { configuredNetwork } from "./meshConfig";
import { addressesOf, dottedName, isReady, selectorOf } from "./objects";

/** https://istio.io/latest/docs/reference/config/annotations/#TrafficNodeSelector */
const NODE_SELECTOR = "traffic.istio.io/nodeSelector";

export interface EastWestService {
    readonly name: string;
    /** The network that it says it leads into. */
    readonly network: string;
    /** What peers dial: load balancers' addresses, or those of nodes with its node port. */
    readonly dials: readonly GatewayAddress[];
    /** Port of the Service that peers are told to use. */
    readonly port: number;
    /** Port of its pods behind that one; undefined where the Service does not have it. */
    readonly targetPort: number | undefined;
    /** Port at which peers may ask whether it is ready; undefined where the Service does not have it. */
    readonly statusPort: number | undefined;
    /** Why a Service of type NodePort has nothing to dial. */
    readonly nodes?: "no annotation" | "no external address";
    /** Whether its load balancer is for its own network's surroundings only. */
    readonly isInternal: boolean;
    /** Ready pods behind it. */
    readonly pods: number;
    /** Whether a Gateway opens the port on these pods, without ending TLS. */
    readonly isOpen: boolean;
}

export interface EastWest {
    readonly cluster: string;
    readonly services: readonly EastWestService[];
}

/** A Service that leads into a network, and the port that peers are told. */
interface Way {
    readonly service: V1Service;
    readonly network: string;
    readonly port: number;
}

/** The ways into a cluster's networks that it has. */
export async function eastWestOf(kubernetes: KubernetesView): Promise<Omit<EastWest, "cluster">> {
    const found = (await waysOf(kubernetes)).map(async ({ service, network, port }): Promise<EastWestService> => {
        const isNodePort = service.spec?.type === "NodePort" && addressesOf(service).length === 0;
        const [pods, nodes] = await Promise.all([
            podsBehind(kubernetes, service),
            isNodePort ? nodeAddresses(kubernetes, service) : undefined,
        ]);
        const targetPort = targetOf(service, port, pods[0]);
        const outside = (inside: number): number | undefined => {
            const found = service.spec?.ports?.find((each) => each.port === inside);
            return isNodePort ? found?.nodePort : found?.port;
        };
        const dialled = outside(port) ?? port;
        const addresses = nodes ?? addressesOf(service);
        return {
            name: service.metadata?.name ?? "",
            network,
            dials: addresses.map((address) => ({ address, port: dialled })),
            port,
            targetPort,
            statusPort: outside(STATUS_PORT),
            ...(isNodePort && nodes === undefined ? { nodes: "no annotation" } : {}),
            ...(nodes?.length === 0 ? { nodes: "no external address" } : {}),
            isInternal: isInternal(service),
            pods: pods.filter(isReady).length,
            isOpen: targetPort !== undefined && (await opensPort(kubernetes, pods[0], [port, targetPort])),
        };
    });
    return { services: await Promise.all(found) };
}

/** Those of them that lead into one network. */
export async function gatewaysInto(kubernetes: KubernetesView, network: string): Promise<EastWestService[]> {
    const { services } = await eastWestOf(kubernetes);
    return services.filter((service) => service.network === network);
}

/** Every `address:port` that the gateways of a cluster may have in a proxy of another one. */
export async function dialled(
    kubernetes: KubernetesView,
    { network, eastWestGateway }: Pick<DeclaredCluster, "network" | "eastWestGateway">,
    client: KubernetesView,
): Promise<string[]> {
    const found = (await gatewaysInto(kubernetes, network)).flatMap(({ dials }) => dials);
    const all = found.length > 0 || eastWestGateway === undefined ? found : [eastWestGateway];
    const each = all.map(async ({ address, port }) => {
        if (isIP(address) !== 0) return [`${address}:${port}`];
        // istiod resolves host names, some of which resolve in its surroundings only.
        const istiods = await readGateways(client);
        const known = istiods.flatMap(({ gateways }) => gateways.filter((gateway) => gateway.network === network));
        if (known.length > 0) return known.map((gateway) => `${gateway.address}:${gateway.port}`);
        const resolved = await lookup(address, { all: true }).catch(() => [{ address }]);
        return resolved.map((one) => `${one.address}:${port}`);
    });
    return [...new Set((await Promise.all(each)).flat())];
}

/** Where a cluster and the client's view of it are. */
interface Looked {
    readonly kubernetes: KubernetesView;
    readonly declared: DeclaredCluster;
}

/** The same of a cluster's own gateways or, where it has none, of those of the clusters on its network. */
export async function dialledInto(to: Looked, near: readonly Looked[], client: KubernetesView): Promise<string[]> {
    const own = await dialled(to.kubernetes, to.declared, client);
    if (own.length > 0) return own;
    const each = near.map(({ kubernetes, declared }) => dialled(kubernetes, declared, client));
    return [...new Set((await Promise.all(each)).flat())];
}

/** The same of a cluster of the mesh, by its name. */
export function waysInto(view: MeshView, name: string, client: KubernetesView): Promise<string[]> {
    const near = onNetworkOf(view.mesh, name).map((each) => clusterNamed(view, each.name));
    return dialledInto(clusterNamed(view, name), near, client);
}

/** The same, by its name, of each cluster on another network than a client's. */
export async function waysElsewhere(
    view: MeshView,
    { declared, kubernetes }: ObservedCluster,
): Promise<ReadonlyMap<string, readonly string[]>> {
    const near = onNetworkOf(view.mesh, declared.name).map(({ name }) => name);
    const far = view.clusters.map((other) => other.declared.name).filter((name) => !near.includes(name));
    const each = far.map(async (name) => [name, await waysInto(view, name, kubernetes)] as const);
    return new Map(await Promise.all(each));
}

/** `address:port` of each ready pod of a Service, as a proxy on their network dials it. */
export async function podEndpoints(
    kubernetes: KubernetesView,
    { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<string[]> {
    const service = await kubernetes.service(namespace, name);
    const pods = (await podsBehind(kubernetes, service)).filter(isReady);
    return pods.flatMap((pod) => {
        const target = targetOf(service, port, pod);
        return pod.status?.podIP === undefined || target === undefined ? [] : [`${pod.status.podIP}:${target}`];
    });
}

/** The Services of the gateways into a network. */
export async function gatewayServices(kubernetes: KubernetesView, network: string): Promise<V1Service[]> {
    return (await waysOf(kubernetes)).filter((way) => way.network === network).map(({ service }) => service);
}

/** Pods of the gateways into a network, whose proxies are ready, each with its port for other networks. */
export async function gatewayPods(
    kubernetes: KubernetesView,
    network: string,
): Promise<{ readonly pod: V1Pod; readonly port: number }[]> {
    const ways = (await waysOf(kubernetes)).filter((way) => way.network === network);
    const pods = ways.map(async ({ service, port }) =>
        (await podsBehind(kubernetes, service))
            .filter(hasReadyProxy)
            .map((pod) => ({ pod, port: targetOf(service, port, pod) ?? GATEWAY_PORT })),
    );
    return (await Promise.all(pods)).flat();
}

/** By the label of a network, as most have it, or by `meshNetworks`. */
async function waysOf(kubernetes: KubernetesView): Promise<Way[]> {
    const [services, configured] = await Promise.all([kubernetes.services(), configuredNetwork(kubernetes)]);
    return services.flatMap((service): Way[] => {
        const labels = service.metadata?.labels ?? {};
        const network = labels[NETWORK_LABEL];
        if (network !== undefined) {
            // istiod passes over a label that is no number.
            return [{ service, network, port: Number(labels[GATEWAY_PORT_LABEL]) || GATEWAY_PORT }];
        }
        const named = configured?.gateways.find(
            ({ address, registryServiceName }) =>
                registryServiceName?.startsWith(`${dottedName(service)}.svc.`) === true ||
                (address !== undefined && addressesOf(service).includes(address)),
        );
        return configured === undefined || named === undefined
            ? []
            : [{ service, network: configured.name, port: named.port ?? GATEWAY_PORT }];
    });
}

/** Running pods that a Service selects. */
export async function podsBehind(kubernetes: KubernetesView, service: V1Service): Promise<V1Pod[]> {
    const selector = selectorOf(service);
    return selector === undefined ? [] : kubernetes.runningPods(selector, service.metadata?.namespace ?? "");
}

/** Port of a Service's pods behind one of its own; undefined where it has none. */
export function targetOf({ spec }: V1Service, port: number, pod: V1Pod | undefined): number | undefined {
    const found = spec?.ports?.find((each) => each.port === port);
    const target = found && (found.targetPort ?? found.port);
    if (typeof target !== "string") return target;
    const ports = pod?.spec?.containers.flatMap((container) => container.ports ?? []);
    return ports?.find(({ name }) => name === target)?.containerPort;
}

/** External addresses of the nodes that a Service of type NodePort selects; undefined where it selects none. */
async function nodeAddresses(kubernetes: KubernetesView, service: V1Service): Promise<string[] | undefined> {
    const selector = selectedNodes(service);
    if (selector === undefined) return undefined;
    const nodes = (await kubernetes.nodes()).filter(({ metadata }: V1Node) =>
        selector.every(([key, value]) => metadata?.labels?.[key] === value),
    );
    const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []);
    return addresses.filter(({ type }) => type === "ExternalIP").map(({ address }) => address);
}

function selectedNodes({ metadata }: V1Service): [string, unknown][] | undefined {
    try {
        const selector: unknown = JSON.parse(metadata?.annotations?.[NODE_SELECTOR] ?? "");
        return typeof selector === "object" && selector !== null ? Object.entries(selector) : undefined;
    } catch {
        return undefined;
    }
}

/** As the clouds' annotations say: https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer */
function isInternal({ metadata }: V1Service): boolean {
    return Object.entries(metadata?.annotations ?? {}).some(
        ([key, value]) =>
            key.includes("load-balancer") &&
            (/^internal$/i.test(value) || (key.includes("internal") && value !== "false")),
    );
}

/** What opens a port of a gateway to other networks: Istio's Gateways, and those of Kubernetes' Gateway API. */
import type { V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { domainOfServices } from "./controlPlane";
import { covers } from "./hosts";
import { GATEWAY_PORT, GATEWAY_PORT_LABEL, NETWORK_LABEL } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { selects } from "./objects";

const metadata = z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
});

const server = z.object({
    port: z.object({ number: z.number() }),
    hosts: z.array(z.string()),
    tls: z.object({ mode: z.string().optional() }).optional(),
});
type GatewayServer = z.infer<typeof server>;

/** https://istio.io/latest/docs/reference/config/networking/gateway/ */
const istioGateway = z.object({
    metadata,
    spec: z.object({
        selector: z.record(z.string(), z.string()).default({}),
        servers: z.array(server).default([]),
    }),
});

type IstioGateway = z.infer<typeof istioGateway>;

const listener = z.object({
    port: z.number(),
    protocol: z.string(),
    tls: z.object({ mode: z.string().optional(), options: z.record(z.string(), z.string()).default({}) }).optional(),
});

/** https://gateway-api.sigs.k8s.io/reference/spec/#gateway */
const kubernetesGateway = z.object({ metadata, spec: z.object({ listeners: z.array(listener).default([]) }) });
type KubernetesGateway = z.infer<typeof kubernetesGateway>;

/** The pod's label of the Gateway that istiod made its Deployment from. */
const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

/**
 * Whether a Gateway passes on, by one of some ports of a gateway's pod, TLS that it does not end.
 * @param ports That of the Service and that of the pod: a Gateway may name either.
 */
export async function opensPort(
    kubernetes: KubernetesView,
    pod: V1Pod | undefined,
    ports: readonly number[],
): Promise<boolean> {
    const [istios, kubernetesOwn] = await Promise.all([
        istioGateways(kubernetes),
        kubernetes.objects("gateway.networking.k8s.io", "v1", "gateways", kubernetesGateway),
    ]);
    const labels = pod?.metadata?.labels ?? {};
    return (
        istios.some(
            ({ spec: { selector, servers } }) =>
                selects(selector, labels) && servers.some((each) => passesOn(each, ports)),
        ) ||
        kubernetesOwn.some(
            (each) =>
                labels[GATEWAY_NAME] === each.metadata.name &&
                pod?.metadata?.namespace === each.metadata.namespace &&
                listensFor(each, ports),
        )
    );
}

/** A port of gateways that pass TLS of other networks on. */
export interface GatewayOpening {
    /** Labels of their pods. */
    readonly selector: Readonly<Record<string, string>>;
    readonly port: number;
    /** What it leads to, e.g. `*.local` or `shop/*.shop.svc.cluster.local`. */
    readonly hosts: readonly string[];
}

/** What several Gateways open together. */
export function openingsOf(gateways: readonly IstioGateway[]): GatewayOpening[] {
    const openings = new Map<string, GatewayOpening>();
    for (const { spec } of gateways) {
        const { selector } = spec;
        for (const { port, hosts } of spec.servers.filter((each) => passesOn(each, [each.port.number]))) {
            const key = JSON.stringify([Object.entries(selector).sort(), port.number]);
            const known = openings.get(key)?.hosts ?? [];
            openings.set(key, { selector, port: port.number, hosts: [...known, ...hosts] });
        }
    }
    return [...openings.values()];
}

/** Whether an opening leads to a Service. @param service `name.namespace` @param domain Of Services. */
export function leadsTo({ hosts }: GatewayOpening, service: string, domain: string): boolean {
    const host = `${service}.svc.${domain}`;
    // With or without a namespace in front: https://istio.io/latest/docs/reference/config/networking/gateway/#Server
    return hosts.some((each) => covers(each.replace(/^[^/]+\//, ""), host));
}

/** Which gateways lead to some Services only, and not to those of a namespace. */
export async function closedTo(kubernetes: KubernetesView, namespace: string): Promise<GatewayOpening[]> {
    const [gateways, domain] = await Promise.all([istioGateways(kubernetes), domainOfServices(kubernetes)]);
    return openingsOf(gateways).filter((opening) => !leadsTo(opening, `any.${namespace}`, domain));
}

/** Whether a gateway opens a port, and to no Service of its cluster: it then does not listen there. */
export async function opensToNothing(
    kubernetes: KubernetesView,
    pod: V1Pod,
    port: number,
    services: readonly string[],
): Promise<boolean> {
    const [gateways, domain] = await Promise.all([istioGateways(kubernetes), domainOfServices(kubernetes)]);
    const openings = openingsOf(gateways).filter(
        (opening) => opening.port === port && selects(opening.selector, pod.metadata?.labels ?? {}),
    );
    const isOpen = services.some((service) => openings.some((opening) => leadsTo(opening, service, domain)));
    return openings.length > 0 && !isOpen;
}

function istioGateways(kubernetes: KubernetesView): Promise<IstioGateway[]> {
    return kubernetes.objects("networking.istio.io", "v1", "gateways", istioGateway);
}

/** Whether a server of a Gateway passes TLS of other networks on. Its hosts may be fewer than `*.local`, or single Services. */
export function passesOn({ port, hosts, tls }: GatewayServer, ports: readonly number[] = [GATEWAY_PORT]): boolean {
    return (
        ports.includes(port.number) &&
        tls?.mode === "AUTO_PASSTHROUGH" &&
        // With or without a namespace in front: https://istio.io/latest/docs/reference/config/networking/gateway/#Server
        hosts.some((host) => /^([^/]+\/)?(\*(\.|$)|.+\.svc\.)/.test(host))
    );
}

/**
 * Whether a listener does. istiod takes TLS that is passed through for AUTO_PASSTHROUGH by an option, or on the port of other
 * networks of a Gateway that leads into one: https://github.com/istio/istio/pull/45342
 */
export function listensFor({ metadata: { labels }, spec }: KubernetesGateway, ports: readonly number[]): boolean {
    const isOfNetwork = ({ port }: { readonly port: number }): boolean =>
        NETWORK_LABEL in labels && String(port) === (labels[GATEWAY_PORT_LABEL] ?? String(GATEWAY_PORT));
    return spec.listeners.some(
        (each) =>
            ports.includes(each.port) &&
            each.protocol === "TLS" &&
            each.tls?.mode === "Passthrough" &&
            (each.tls.options["gateway.istio.io/listener-protocol"] === "auto-passthrough" || isOfNetwork(each)),
    );
}

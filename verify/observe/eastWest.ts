import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { z } from "zod";
import { GATEWAY_PORT, hasReadyProxy, NETWORK_LABEL, SYSTEM_NAMESPACE } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { addressesOf, isReady, selectorOf } from "./objects";

const server = z.object({
    port: z.object({ number: z.number() }),
    hosts: z.array(z.string()),
    tls: z.object({ mode: z.string().optional() }).optional(),
});
type GatewayServer = z.infer<typeof server>;

const gateway = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
        selector: z.record(z.string(), z.string()).default({}),
        servers: z.array(server).default([]),
    }),
});

export interface EastWest {
    readonly cluster: string;
    /** Services that say they lead into this cluster's network; their labels have the network's name. */
    readonly services: readonly {
        readonly name: string;
        readonly network: string;
        readonly addresses: readonly string[];
        readonly hasPort: boolean;
        /** Ready pods behind it. */
        readonly pods: number;
        /** Whether a Gateway opens 15443 on these pods, without ending TLS. */
        readonly isOpen: boolean;
    }[];
}

/** The ways into a cluster's networks that it has. */
export async function eastWestOf(kubernetes: KubernetesView): Promise<Omit<EastWest, "cluster">> {
    const [services, gateways] = await Promise.all([
        kubernetes.services(),
        kubernetes.objects("networking.istio.io", "v1", "gateways", gateway),
    ]);
    const labelled = services.flatMap((service) => {
        const network = networkOf(service);
        return network === undefined ? [] : [{ service, network }];
    });
    const found = await Promise.all(
        labelled.map(async ({ service, network }) => {
            const pods = await podsBehind(kubernetes, service);
            return {
                name: service.metadata?.name ?? "",
                network,
                addresses: addressesOf(service),
                hasPort: service.spec?.ports?.some(({ port }) => port === GATEWAY_PORT) ?? false,
                pods: pods.filter(isReady).length,
                isOpen: gateways.some(
                    (each) =>
                        selects(each.spec.selector, pods[0]?.metadata?.labels) && each.spec.servers.some(passesOn),
                ),
            };
        }),
    );
    return { services: found };
}

/** Pods of the gateways into a network, whose proxies are ready. */
export async function gatewayPods(kubernetes: KubernetesView, network: string): Promise<V1Pod[]> {
    const services = (await kubernetes.services()).filter((service) => networkOf(service) === network);
    const pods = await Promise.all(services.map((service) => podsBehind(kubernetes, service)));
    return pods.flat().filter(hasReadyProxy);
}

function networkOf({ metadata }: V1Service): string | undefined {
    return metadata?.labels?.[NETWORK_LABEL];
}

async function podsBehind(kubernetes: KubernetesView, service: V1Service): Promise<V1Pod[]> {
    const selector = selectorOf(service);
    const namespace = service.metadata?.namespace ?? SYSTEM_NAMESPACE;
    return selector === undefined ? [] : kubernetes.runningPods(selector, namespace);
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}): boolean {
    return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Whether a server of a Gateway passes TLS of other networks on. Its hosts may be fewer than `*.local`. */
export function passesOn({ port, hosts, tls }: GatewayServer): boolean {
    return (
        port.number === GATEWAY_PORT &&
        tls?.mode === "AUTO_PASSTHROUGH" &&
        // With or without a namespace in front: https://istio.io/latest/docs/reference/config/networking/gateway/#Server
        hosts.some((host) => /^([^/]+\/)?\*(\.|$)/.test(host))
    );
}

import { z } from "zod";
import { defineCheck, type Part } from "../check";
import { inEachCluster } from "../observe";
import type { KubernetesView } from "../observe/kubernetes";
import { SYSTEM_NAMESPACE } from "../observe/istio";
import { addressesOf, isReady, selectorOf } from "../observe/objects";

const NETWORK_LABEL = "topology.istio.io/network";
/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
export const GATEWAY_PORT = 15443;

const gateway = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
        selector: z.record(z.string(), z.string()).default({}),
        servers: z
            .array(
                z.object({
                    port: z.object({ number: z.number() }),
                    hosts: z.array(z.string()),
                    tls: z.object({ mode: z.string().optional() }).optional(),
                }),
            )
            .default([]),
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
        /** Whether a Gateway opens 15443 on these pods, for `*.local`, without ending TLS. */
        readonly isOpen: boolean;
    }[];
}

export const gatewayReady = defineCheck<readonly EastWest[]>({
    id: "gateway-ready",
    group: "gateways",
    proves: "Each cluster has an east-west gateway for its network: an address, port 15443, ready pods, and AUTO_PASSTHROUGH",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) => inEachCluster(view, eastWestOf),
    judge: (all, { clusters }) =>
        all.flatMap((found) => {
            const network = clusters.find(({ name }) => name === found.cluster)?.network ?? "";
            return judgeCluster(found, network);
        }),
});

function judgeCluster({ cluster, services }: EastWest, network: string): Part[] {
    const own = services.filter((service) => service.network === network);
    if (own.length === 0) {
        const others = services.map((service) => `${service.name} on ${service.network}`).join(", ");
        return [
            {
                seen: `${cluster}: no gateway for ${network}${others === "" ? "" : `; ${others}`}`,
                cause: `No Service of ${cluster} has the label ${NETWORK_LABEL}=${network}: other clusters find no way in.`,
                fix: `Install the east-west gateway with networkGateway=${network}.`,
            },
        ];
    }
    return own.map(({ name, addresses, hasPort, pods, isOpen }) => {
        const seen = `${cluster}: ${name} at ${addresses.join(", ") || "no address"}, ${pods} ready pods, ${GATEWAY_PORT} ${hasPort && isOpen ? "open" : "closed"}`;
        const because = (cause: string, fix: string): Part => ({ seen, cause, fix });
        if (pods === 0) {
            return because(
                `No pod of the gateway ${name} in ${cluster} is ready.`,
                `\`kubectl -n istio-system get deployments,pods\` in ${cluster}: is it scaled to 0, or does it not start?`,
            );
        }
        if (addresses.length === 0) {
            return because(
                `The gateway ${name} of ${cluster} has no external address.`,
                `Does ${cluster} give load balancers addresses? Else set spec.externalIPs of the Service.`,
            );
        }
        if (!hasPort) {
            return because(
                `The gateway ${name} of ${cluster} has no port ${GATEWAY_PORT}.`,
                `Add it to the Service, named tls.`,
            );
        }
        return isOpen
            ? { seen }
            : because(
                  `No Gateway resource of ${cluster} opens port ${GATEWAY_PORT} on ${name}: connections are reset.`,
                  `Make the Gateway cross-network-gateway: port ${GATEWAY_PORT}, TLS, AUTO_PASSTHROUGH, hosts *.local, with the gateway's selector.`,
              );
    });
}

/** The ways into a cluster's networks that it has. */
export async function eastWestOf(kubernetes: KubernetesView): Promise<Omit<EastWest, "cluster">> {
    const [services, gateways] = await Promise.all([
        kubernetes.services(),
        kubernetes.objects("networking.istio.io", "v1", "gateways", gateway),
    ]);
    const labelled = services.flatMap((service) => {
        const network = service.metadata?.labels?.[NETWORK_LABEL];
        return network === undefined ? [] : [{ service, network }];
    });
    const found = await Promise.all(
        labelled.map(async ({ service, network }) => {
            const namespace = service.metadata?.namespace ?? SYSTEM_NAMESPACE;
            const selector = selectorOf(service);
            const pods = selector === undefined ? [] : await kubernetes.runningPods(selector, namespace);
            return {
                name: service.metadata?.name ?? "",
                network,
                addresses: addressesOf(service),
                hasPort: service.spec?.ports?.some(({ port }) => port === GATEWAY_PORT) ?? false,
                pods: pods.filter(isReady).length,
                isOpen: gateways.some(
                    (each) => selects(each.spec.selector, pods[0]?.metadata?.labels) && each.spec.servers.some(passes),
                ),
            };
        }),
    );
    return { services: found };
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}): boolean {
    return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function passes({ port, hosts, tls }: z.infer<typeof gateway>["spec"]["servers"][number]): boolean {
    return (
        port.number === GATEWAY_PORT &&
        tls?.mode === "AUTO_PASSTHROUGH" &&
        hosts.some((host) => host.endsWith("*.local"))
    );
}

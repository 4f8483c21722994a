/** What proxies answer, by Envoy's administration interface on their loopback. Parsing is pure. */
import type { X509Certificate } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { parseAnswer } from "./answer";
import { hasReadyProxy, podName, PROXY_LABEL, SYSTEM_NAMESPACE } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { certificatesOf } from "./pem";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
export const ENVOY_ADMIN_PORT = 15000;
/** What proxies are asked for their upstreams. https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters */
export const CLUSTERS_PATH = "/clusters?format=json";

/** Certificates that a workload's proxy holds in memory, as istiod issued them. */
export interface WorkloadCertificates {
    /** `namespace/name` of the pod. */
    readonly pod: string;
    /** The leaf first, then its issuers. */
    readonly chain: readonly X509Certificate[];
    /** Roots that the proxy trusts. */
    readonly roots: readonly X509Certificate[];
}

/** Trust domain of a workload: `cluster.local` of `URI:spiffe://cluster.local/ns/…`. */
export function domainOf({ chain }: Pick<WorkloadCertificates, "chain">): string | undefined {
    return /spiffe:\/\/([^/]+)\//.exec(chain[0]?.subjectAltName ?? "")?.[1];
}

export interface Endpoint {
    readonly address: string;
    readonly port: number;
    /** Envoy's word for it, e.g. `HEALTHY`. */
    readonly health: string;
    /** Requests that it answered. */
    readonly answered: number;
}

/** What a proxy sends requests to, by Envoy's name of it, e.g. `outbound|80||catalog.shop.svc.cluster.local`. */
export interface Upstream {
    readonly name: string;
    readonly endpoints: readonly Endpoint[];
}

/** That of a Service's port. */
export interface ServiceUpstream extends Upstream {
    /** Name of the Service in full, e.g. `catalog.shop.svc.cluster.local`. */
    readonly host: string;
}

export interface ServicePort {
    readonly namespace: string;
    readonly name: string;
    readonly port: number;
}

/** Certificates of one workload; undefined without any proxy. */
export async function workloadCertificates(cluster: KubernetesView): Promise<WorkloadCertificates | undefined> {
    const pod = await oneProxy(cluster);
    if (pod === undefined) {
        return undefined;
    }
    const dump = await fromEnvoy(cluster, pod, "/config_dump?resource=dynamic_active_secrets");
    return { pod: podName(pod), ...parseSecrets(dump) };
}

/** The pod whose proxy speaks for those of its cluster: a sidecar where there is one, else a gateway. */
export async function oneProxy(cluster: KubernetesView): Promise<V1Pod | undefined> {
    const pods = (await cluster.runningPods(PROXY_LABEL)).filter(hasReadyProxy);
    return pods.find(({ metadata }) => metadata?.namespace !== SYSTEM_NAMESPACE) ?? pods[0];
}

export async function upstreamsOf(cluster: KubernetesView, pod: V1Pod): Promise<Upstream[]> {
    return parseUpstreams(await fromEnvoy(cluster, pod, CLUSTERS_PATH));
}

/** Addresses of an upstream's endpoints. */
export function addressesOf({ endpoints }: Upstream): string[] {
    return endpoints.map(({ address }) => address);
}

/** Names, as TLS clients send them, that a proxy tells requests to a port apart by; undefined when it does not listen there. */
export async function serverNames(
    cluster: KubernetesView,
    pod: V1Pod,
    port: number,
): Promise<readonly string[] | undefined> {
    const path = `/config_dump?resource=dynamic_listeners&name_regex=.*_${port}`;
    return parseServerNames(await fromEnvoy(cluster, pod, path));
}

const listenersDump = z.object({
    configs: z
        .array(
            z.object({
                active_state: z
                    .object({
                        listener: z.object({
                            filter_chains: z
                                .array(
                                    z.object({
                                        filter_chain_match: z
                                            .object({ server_names: z.array(z.string()).default([]) })
                                            .optional(),
                                    }),
                                )
                                .default([]),
                        }),
                    })
                    .optional(),
            }),
        )
        .default([]),
});

/** @param json Answer of Envoy's `/config_dump?resource=dynamic_listeners`. */
export function parseServerNames(json: string): readonly string[] | undefined {
    const active = parseAnswer("Envoy's listeners", listenersDump, json).configs.flatMap(
        ({ active_state: state }) => state?.listener ?? [],
    );
    return active.length === 0
        ? undefined
        : active.flatMap(({ filter_chains: chains }) =>
              chains.flatMap(({ filter_chain_match: match }) => match?.server_names ?? []),
          );
}

/** Endpoints of a service port in the proxy of a client app's pod; undefined when no such pod has a proxy. */
export async function endpointsInProxy(
    cluster: KubernetesView,
    client: { readonly namespace: string; readonly app: string },
    service: ServicePort,
): Promise<{ readonly pod: string; readonly endpoints: readonly Endpoint[] } | undefined> {
    const pod = (await cluster.runningPods(`app=${client.app}`, client.namespace)).find(hasReadyProxy);
    if (pod === undefined) {
        return undefined;
    }
    const upstream = upstreamOf(await upstreamsOf(cluster, pod), service);
    return { pod: pod.metadata?.name ?? "", endpoints: upstream?.endpoints ?? [] };
}

function fromEnvoy(cluster: KubernetesView, { metadata }: V1Pod, path: string): Promise<string> {
    const port = { namespace: metadata?.namespace ?? "", pod: metadata?.name ?? "", port: ENVOY_ADMIN_PORT };
    return cluster.getFromPod(port, path);
}

const inlineBytes = z.object({ inline_bytes: z.base64() });
const secretsDump = z.object({
    // Absent in a proxy that has none yet, or needs none while mutual TLS is off.
    configs: z
        .array(
            z.object({
                secret: z.object({
                    name: z.string(),
                    tls_certificate: z.object({ certificate_chain: inlineBytes }).optional(),
                    validation_context: z.object({ trusted_ca: inlineBytes }).optional(),
                }),
            }),
        )
        .default([]),
});

/** @param json Answer of Envoy's `/config_dump?resource=dynamic_active_secrets`; Envoy redacts the keys. */
export function parseSecrets(json: string): Pick<WorkloadCertificates, "chain" | "roots"> {
    const secrets = parseAnswer("Envoy's secrets", secretsDump, json).configs.map(({ secret }) => secret);
    // Istio's names of the workload's certificate and of its trust bundle.
    const chain = secrets.find(({ name }) => name === "default")?.tls_certificate?.certificate_chain;
    const roots = secrets.find(({ name }) => name === "ROOTCA")?.validation_context?.trusted_ca;
    return { chain: certificates(chain?.inline_bytes), roots: certificates(roots?.inline_bytes) };
}

function certificates(base64: string | undefined): X509Certificate[] {
    return certificatesOf(Buffer.from(base64 ?? "", "base64").toString("utf8"));
}

const clustersDump = z.object({
    cluster_statuses: z.array(
        z.object({
            name: z.string(),
            host_statuses: z
                .array(
                    z.object({
                        // Istio's own agent is behind a Unix socket, which has no such address.
                        address: z.object({
                            socket_address: z.object({ address: z.string(), port_value: z.number() }).optional(),
                        }),
                        health_status: z.object({ eds_health_status: z.string() }).partial().optional(),
                        // Envoy leaves out a value of zero.
                        stats: z.array(z.object({ name: z.string(), value: z.string().default("0") })).default([]),
                    }),
                )
                .default([]),
        }),
    ),
});

/** @param json Answer of Envoy's `/clusters?format=json`. @throws ObservationError when it is something else. */
export function parseUpstreams(json: string): Upstream[] {
    return parseAnswer("Envoy's clusters", clustersDump, json).cluster_statuses.map(
        ({ name, host_statuses: hosts }) => ({
            name,
            endpoints: hosts.flatMap(({ address: { socket_address: socket }, health_status: health, stats }) =>
                socket === undefined
                    ? []
                    : [
                          {
                              address: socket.address,
                              port: socket.port_value,
                              health: health?.eds_health_status ?? "UNKNOWN",
                              answered: Number(stats.find((each) => each.name === "rq_success")?.value ?? 0),
                          },
                      ],
            ),
        }),
    );
}

/** The upstream of a Service's port; undefined when the proxy does not know it. */
export function upstreamOf(
    upstreams: readonly Upstream[],
    { name, namespace, port }: ServicePort,
): ServiceUpstream | undefined {
    const prefix = `outbound|${port}||`;
    const found = upstreams.find((upstream) => upstream.name.startsWith(`${prefix}${name}.${namespace}.svc.`));
    return found && { ...found, host: found.name.slice(prefix.length) };
}

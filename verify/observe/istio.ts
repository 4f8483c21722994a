/** Istio's own debug answers, as istiod and Envoy give them on their loopback. Parsing is pure. */
import { X509Certificate } from "node:crypto";
import type { V1Pod } from "@kubernetes/client-node";
import { z } from "zod";
import { ObservationError, type KubernetesView } from "./kubernetes";

/** Namespace of control plane and gateways. */
export const SYSTEM_NAMESPACE = "istio-system";
/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
const ENVOY_ADMIN_PORT = 15000;
const ISTIOD_MONITORING_PORT = 15014;
/** Both injection templates, sidecar and gateway, set this label. */
export const PROXY_LABEL = "service.istio.io/canonical-name";
export const PROXY_CONTAINER = "istio-proxy";

/** Status of a cluster in istiod's eyes: `synced`, `syncing`, `timeout` or `closed`. */
const clusterz = z.array(z.object({ id: z.string(), syncStatus: z.string() }));
export type ClusterSync = z.infer<typeof clusterz>[number];

/** What one istiod replica says of the clusters it reads, its own included. */
export interface IstiodView {
    readonly pod: string;
    readonly clusters: readonly ClusterSync[];
}

/** Certificates that a workload's proxy holds in memory, as istiod issued them. */
export interface WorkloadCertificates {
    /** `namespace/name` of the pod. */
    readonly pod: string;
    /** The leaf first, then its issuers. */
    readonly chain: readonly X509Certificate[];
    /** Roots that the proxy trusts. */
    readonly roots: readonly X509Certificate[];
}

export interface Endpoint {
    readonly address: string;
    readonly port: number;
    /** Envoy's word for it, e.g. `HEALTHY`. */
    readonly health: string;
}

/** Asks every running istiod replica; at least one. */
export async function istiods(cluster: KubernetesView): Promise<IstiodView[]> {
    const pods = await cluster.runningPods("app=istiod", SYSTEM_NAMESPACE);
    return Promise.all(
        pods.map(async ({ metadata }) => {
            const pod = metadata?.name ?? "";
            const port = { namespace: SYSTEM_NAMESPACE, pod, port: ISTIOD_MONITORING_PORT };
            return { pod, clusters: parseClusterz(await cluster.getFromPod(port, "/debug/clusterz")) };
        }),
    );
}

/** Certificates of one workload: a sidecar where there is one, else a gateway; undefined without any proxy. */
export async function workloadCertificates(cluster: KubernetesView): Promise<WorkloadCertificates | undefined> {
    const pods = (await cluster.runningPods(PROXY_LABEL)).filter(hasReadyProxy);
    const pod = pods.find(({ metadata }) => metadata?.namespace !== SYSTEM_NAMESPACE) ?? pods[0];
    if (pod === undefined) {
        return undefined;
    }
    const dump = await fromEnvoy(cluster, pod, "/config_dump?resource=dynamic_active_secrets");
    return { pod: `${pod.metadata?.namespace ?? ""}/${pod.metadata?.name ?? ""}`, ...parseSecrets(dump) };
}

/** Endpoints of a service port in the proxy of a client app's pod; undefined when no such pod has a proxy. */
export async function endpointsInProxy(
    cluster: KubernetesView,
    client: { readonly namespace: string; readonly app: string },
    service: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<{ readonly pod: string; readonly endpoints: readonly Endpoint[] } | undefined> {
    const pod = (await cluster.runningPods(`app=${client.app}`, client.namespace)).find(hasReadyProxy);
    if (pod === undefined) {
        return undefined;
    }
    const clusters = await fromEnvoy(cluster, pod, "/clusters?format=json");
    return { pod: pod.metadata?.name ?? "", endpoints: parseEndpoints(clusters, service) };
}

/** Environment of a pod's container, as far as it is written out. */
export function environmentOf(pod: V1Pod, container: string): ReadonlyMap<string, string> {
    const entries = containerOf(pod, container)?.env ?? [];
    return new Map(entries.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
}

/** Image of a pod's container. */
export function imageOf(pod: V1Pod, container: string): string | undefined {
    return containerOf(pod, container)?.image;
}

function containerOf({ spec }: V1Pod, name: string) {
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((container) => container.name === name);
}

/** Whether a pod has a proxy that is ready. */
export function hasReadyProxy({ status }: V1Pod): boolean {
    // Since Kubernetes 1.29 a sidecar can be an init container that keeps running.
    const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    return containers.some(({ name, ready }) => name === PROXY_CONTAINER && ready);
}

function fromEnvoy(cluster: KubernetesView, { metadata }: V1Pod, path: string): Promise<string> {
    const port = { namespace: metadata?.namespace ?? "", pod: metadata?.name ?? "", port: ENVOY_ADMIN_PORT };
    return cluster.getFromPod(port, path);
}

/** @param json Answer of istiod's `/debug/clusterz`, the source of `istioctl remote-clusters`. */
export function parseClusterz(json: string): ClusterSync[] {
    return parse("istiod's /debug/clusterz", clusterz, json);
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
    const secrets = parse("Envoy's secrets", secretsDump, json).configs.map(({ secret }) => secret);
    // Istio's names of the workload's certificate and of its trust bundle.
    const chain = secrets.find(({ name }) => name === "default")?.tls_certificate?.certificate_chain;
    const roots = secrets.find(({ name }) => name === "ROOTCA")?.validation_context?.trusted_ca;
    return { chain: certificates(chain?.inline_bytes), roots: certificates(roots?.inline_bytes) };
}

/** Certificates of a bundle. @throws Error where one is none. */
export function certificatesOf(pem: string): X509Certificate[] {
    return (pem.match(PEM) ?? []).map((each) => new X509Certificate(each));
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

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
export function parseClusters(json: string): z.infer<typeof clustersDump>["cluster_statuses"] {
    return parse("Envoy's clusters", clustersDump, json).cluster_statuses;
}

/** @param json Answer of Envoy's `/clusters?format=json`. */
export function parseEndpoints(
    json: string,
    { name, namespace, port }: { readonly namespace: string; readonly name: string; readonly port: number },
): Endpoint[] {
    const wanted = `outbound|${port}||${name}.${namespace}.svc.`;
    return parseClusters(json)
        .filter((status) => status.name.startsWith(wanted))
        .flatMap((status) => status.host_statuses)
        .flatMap(({ address: { socket_address: socket }, health_status }) =>
            socket === undefined
                ? []
                : [
                      {
                          address: socket.address,
                          port: socket.port_value,
                          health: health_status?.eds_health_status ?? "UNKNOWN",
                      },
                  ],
        );
}

function parse<T>(source: string, schema: z.ZodType<T>, json: string): T {
    let value: unknown;
    try {
        value = JSON.parse(json);
    } catch {
        throw new ObservationError(`${source}: not JSON: ${json.slice(0, 100)}`);
    }
    const result = schema.safeParse(value);
    if (!result.success) {
        throw new ObservationError(`${source}: ${z.prettifyError(result.error)}`);
    }
    return result.data;
}

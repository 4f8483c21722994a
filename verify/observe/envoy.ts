/** What proxies are asked, by Envoy's administration interface on their loopback. */
import type { V1Pod } from "@kubernetes/client-node";
import {
    type Certificates,
    type Endpoint,
    parseSecrets,
    parseServerNames,
    parseUpstreams,
    type ServicePort,
    type Upstream,
    upstreamOf,
} from "./envoyAnswers";
import { controlPlaneOf } from "./controlPlane";
import { environmentOf, hasReadyProxy, PROXY_CONTAINER, PROXY_LABEL } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { qualifiedName } from "./objects";

/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
export const ENVOY_ADMIN_PORT = 15000;
/** What proxies are asked for their upstreams. https://www.envoyproxy.io/docs/envoy/latest/operations/admin#get--clusters */
export const CLUSTERS_PATH = "/clusters?format=json";

/** What istiod issued to a workload. */
export interface WorkloadCertificates extends Certificates {
    /** `namespace/name` of the pod. */
    readonly pod: string;
}

/** Certificates of one workload; undefined without any proxy. */
export async function workloadCertificates(cluster: KubernetesView): Promise<WorkloadCertificates | undefined> {
    const pod = await oneProxy(cluster);
    return pod && certificatesOf(cluster, pod);
}

/** Proxies whose certificates tell of the time before a change. */
const SAMPLES = 3;

/**
 * Certificates of the workloads that were made first, one of each namespace: what changed since then may not have reached
 * them.
 */
export async function oldestWorkloads(cluster: KubernetesView): Promise<WorkloadCertificates[]> {
    const pods = oldestOfNamespaces(await readyProxies(cluster));
    return Promise.all(pods.map((pod) => certificatesOf(cluster, pod)));
}

function oldestOfNamespaces(pods: readonly V1Pod[]): V1Pod[] {
    const born = ({ metadata }: V1Pod): number => metadata?.creationTimestamp?.getTime() ?? 0;
    const sorted = [...pods].sort((a, b) => born(a) - born(b));
    const namespaces = sorted.map(({ metadata }) => metadata?.namespace);
    return sorted.filter(({ metadata }, index) => namespaces.indexOf(metadata?.namespace) === index).slice(0, SAMPLES);
}

/** What a cluster's proxies send requests to, by one proxy of each of some namespaces: a Sidecar may hide services from one. */
export async function clientUpstreams(cluster: KubernetesView): Promise<readonly (readonly Upstream[])[]> {
    // One that shows other networks only its own network's endpoints is no client.
    const clients = (await readyProxies(cluster)).filter(
        (pod) => !environmentOf(pod, PROXY_CONTAINER).has("ISTIO_META_REQUESTED_NETWORK_VIEW"),
    );
    return Promise.all(oldestOfNamespaces(clients).map((pod) => upstreamsOf(cluster, pod)));
}

/** What a pod's proxy serves. */
export async function certificatesOf(cluster: KubernetesView, pod: V1Pod): Promise<WorkloadCertificates> {
    const dump = await fromEnvoy(cluster, pod, "/config_dump?resource=dynamic_active_secrets");
    return { pod: qualifiedName(pod), ...parseSecrets(dump) };
}

/** Pods of a cluster whose proxies are ready. */
export async function readyProxies(cluster: KubernetesView): Promise<V1Pod[]> {
    return (await cluster.runningPods(PROXY_LABEL)).filter(hasReadyProxy);
}

/** The pod whose proxy speaks for those of its cluster: a sidecar where there is one, else a gateway. */
export async function oneProxy(cluster: KubernetesView): Promise<V1Pod | undefined> {
    const [{ namespace }, pods] = await Promise.all([controlPlaneOf(cluster), readyProxies(cluster)]);
    return pods.find(({ metadata }) => metadata?.namespace !== namespace) ?? pods[0];
}

export async function upstreamsOf(cluster: KubernetesView, pod: V1Pod): Promise<Upstream[]> {
    return parseUpstreams(await fromEnvoy(cluster, pod, CLUSTERS_PATH));
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

/** Which istiod speaks for a cluster. There may be several: revisions side by side, or one of another vendor. */
import type { V1Pod } from "@kubernetes/client-node";
import {
    environmentOf,
    flagOf,
    ISTIOD_CONTAINER,
    ISTIOD_LABEL,
    PROXY_CONTAINER,
    PROXY_LABEL,
    SYSTEM_NAMESPACE,
} from "./istio";
import type { KubernetesView } from "./kubernetes";

export interface ControlPlane {
    readonly namespace: string;
    /** CLUSTER_ID of its istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    /** Last part of the names of Services, as istiod takes it, e.g. `cluster.local`; undefined where none runs. */
    readonly domain: string | undefined;
    /** That of most proxies, as the label `istio.io/rev` of its istiod has it; `default` where none runs. */
    readonly revision: string;
    /** Running istiods of the namespace, in {@link KubernetesView.istiod}, of every revision; one of {@link ControlPlane.revision} first. */
    readonly pods: readonly V1Pod[];
    /** Other namespaces with an istiod: their proxies are fewer, and they are not judged. */
    readonly others: readonly string[];
}

/** The control plane that serves most proxies of a cluster; in doubt the one in `istio-system`. */
export async function controlPlaneOf(kubernetes: KubernetesView): Promise<ControlPlane> {
    const [istiods, proxies] = await Promise.all([
        kubernetes.istiod.runningPods(ISTIOD_LABEL),
        kubernetes.runningPods(PROXY_LABEL),
    ]);
    const serving = proxies.flatMap(istiodOf);
    const ranked = istiods
        .map((pod) => ({ pod, served: serving.filter((host) => host === serviceOf(pod)).length }))
        .sort((a, b) => b.served - a.served || rank(a.pod) - rank(b.pod))
        .map(({ pod }) => pod);
    const [istiod] = ranked;
    const namespace = istiod?.metadata?.namespace ?? serving[0]?.split(".")[1] ?? SYSTEM_NAMESPACE;
    const namespaces = ranked.map(({ metadata }) => metadata?.namespace ?? "");
    return {
        namespace,
        clusterName: istiod && environmentOf(istiod, ISTIOD_CONTAINER).get("CLUSTER_ID"),
        domain: istiod && flagOf(istiod, ISTIOD_CONTAINER, "--domain"),
        revision: istiod === undefined ? "default" : revisionOf(istiod),
        pods: ranked.filter(({ metadata }) => metadata?.namespace === namespace),
        others: [...new Set(namespaces)].filter((each) => each !== namespace),
    };
}

/** Last part of the full names of Services; what nearly every cluster has, where no istiod runs that says it. */
export async function domainOfServices(kubernetes: KubernetesView): Promise<string> {
    return (await controlPlaneOf(kubernetes)).domain ?? "cluster.local";
}

/**
 * Who signs workloads where istiod does not, e.g. istio-csr; undefined where it does.
 * https://cert-manager.io/docs/usage/istio-csr/
 */
export async function externalAuthority(kubernetes: KubernetesView): Promise<string | undefined> {
    const { pods } = await controlPlaneOf(kubernetes);
    const environment = pods[0] && environmentOf(pods[0], ISTIOD_CONTAINER);
    if (environment?.get("ENABLE_CA_SERVER") !== "false" && !environment?.get("EXTERNAL_CA")) {
        return undefined;
    }
    const proxies = await kubernetes.runningPods(PROXY_LABEL);
    const [address] = proxies.flatMap((pod) => environmentOf(pod, PROXY_CONTAINER).get("CA_ADDR") ?? []);
    return address ?? environment.get("EXTERNAL_CA") ?? "unknown address";
}

function revisionOf({ metadata }: V1Pod): string {
    return metadata?.labels?.["istio.io/rev"] ?? "default";
}

/** `name.namespace` of the Service before an istiod. */
function serviceOf(istiod: V1Pod): string {
    const revision = revisionOf(istiod);
    return `istiod${revision === "default" ? "" : `-${revision}`}.${istiod.metadata?.namespace ?? ""}`;
}

/** `name.namespace` of the istiod that a proxy asks; nothing where its pod does not say so. */
function istiodOf(proxy: V1Pod): string[] {
    const environment = environmentOf(proxy, PROXY_CONTAINER);
    const said = `${environment.get("PROXY_CONFIG") ?? ""} ${environment.get("CA_ADDR") ?? ""}`;
    const [, service] = /\b(istiod[\w-]*\.[\w-]+)\.svc\b/.exec(said) ?? [];
    return service === undefined ? [] : [service];
}

function rank({ metadata }: V1Pod): number {
    return metadata?.namespace === SYSTEM_NAMESPACE ? 0 : 1;
}

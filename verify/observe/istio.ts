/** Istio's names, and what it writes into pods. */
import type { V1Pod } from "@kubernetes/client-node";

/** Namespace of control plane and gateways, unless they say otherwise. */
export const SYSTEM_NAMESPACE = "istio-system";
/** Label of the control plane's pods. */
export const ISTIOD_LABEL = "app=istiod";
/** Both injection templates, sidecar and gateway, set this label. */
export const PROXY_LABEL = "service.istio.io/canonical-name";
export const PROXY_CONTAINER = "istio-proxy";
export const ISTIOD_CONTAINER = "discovery";
export const NETWORK_LABEL = "topology.istio.io/network";
/** https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio */
export const GATEWAY_PORT = 15443;
/** Where gateways show whether they are ready, likewise. */
export const STATUS_PORT = 15021;
/** Of a gateway's Service: another port. https://istio.io/latest/docs/reference/config/labels/#NetworkingGatewayPort */
export const GATEWAY_PORT_LABEL = "networking.istio.io/gatewayPort";

/** Environment of a pod's container, as far as it is written out. */
export function environmentOf(pod: V1Pod, container: string): ReadonlyMap<string, string> {
    const entries = containerOf(pod, container)?.env ?? [];
    return new Map(entries.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
}

/** Value of a flag that a pod's container is started with, in either of its two forms. */
export function flagOf(pod: V1Pod, container: string, flag: string): string | undefined {
    const args = containerOf(pod, container)?.args ?? [];
    const index = args.indexOf(flag);
    return index >= 0 ? args[index + 1] : args.find((each) => each.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/**
 * Tag of the image of a pod's container, e.g. `1.31.1-distroless`; undefined without that container. An image that only a
 * digest names has the version that charts label the pod with, else the digest.
 */
export function imageTag(pod: Pick<V1Pod, "metadata" | "spec">, container: string): string | undefined {
    const image = containerOf(pod, container)?.image;
    if (image === undefined) return undefined;
    const [name = "", digest = "latest"] = image.split("@");
    const [, tag] = /:([^/:]+)$/.exec(name) ?? [];
    return tag ?? pod.metadata?.labels?.["app.kubernetes.io/version"] ?? digest;
}

function containerOf({ spec }: Pick<V1Pod, "spec">, name: string) {
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((container) => container.name === name);
}

/** Whether a pod has a proxy that is ready. */
export function hasReadyProxy({ status }: V1Pod): boolean {
    // Since Kubernetes 1.29 a sidecar can be an init container that keeps running.
    const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    return containers.some(({ name, ready }) => name === PROXY_CONTAINER && ready);
}

/** Whether a pod is in ambient mode: without a proxy of its own. https://istio.io/latest/docs/reference/config/annotations/ */
export function isAmbient({ metadata }: V1Pod): boolean {
    return metadata?.annotations?.["ambient.istio.io/redirection"] === "enabled";
}

/** Whether a pod has a proxy that runs, ready or not. */
export function hasRunningProxy({ status }: V1Pod): boolean {
    const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    return containers.some(({ name, state }) => name === PROXY_CONTAINER && state?.running !== undefined);
}

/** 31 of `1.31.1-distroless`; NaN of a tag that is no release, which is then compared with nothing. */
export function minorOf(tag: string): number {
    return Number(/^1\.(\d+)/.exec(tag)?.[1]);
}

/** What several readers take from Kubernetes' objects. */
import type { V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";

/** Where load balancers, or `externalIPs`, make a Service reachable: IP addresses or host names. */
export function addressesOf({ spec, status }: V1Service): string[] {
    const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
    return [...ingress, ...(spec?.externalIPs ?? [])].filter((address) => address !== "");
}

/** Labels of a Service's pods, as kubectl takes them; undefined when it selects none. */
export function selectorOf({ spec }: V1Service): string | undefined {
    const labels = Object.entries(spec?.selector ?? {});
    return labels.length === 0 ? undefined : labels.map(([key, value]) => `${key}=${value}`).join(",");
}

/** Whether a node or a pod has the condition Ready. */
export function isReady({
    status,
}: {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}): boolean {
    return (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");
}

/** Namespaces that belong to a cluster and not to the mesh. */
const OWN_NAMESPACES = ["default", "istio-system"];

/** Whether a Service may be one of several clusters. */
export function isOfMesh({ metadata }: V1Service): boolean {
    return isNamespaceOfMesh(metadata?.namespace ?? "");
}

/** Whether Services of a namespace may be. */
export function isNamespaceOfMesh(namespace: string): boolean {
    return !OWN_NAMESPACES.includes(namespace) && !namespace.startsWith("kube-");
}

type Named = Pick<V1Service | V1Pod | V1Secret, "metadata">;

/** `namespace/name` of an object, as kubectl has it. */
export function qualifiedName({ metadata }: Named): string {
    return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}

/** `name.namespace` of an object, as DNS and Istio have it. */
export function dottedName({ metadata }: Named): string {
    return `${metadata?.name ?? ""}.${metadata?.namespace ?? ""}`;
}

/** Whether labels are those that a selector asks for. */
export function selects(wanted: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
    return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

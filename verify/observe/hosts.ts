/** Names of Services as Istio's configuration writes them. */

/** `catalog.shop.svc.cluster.local` */
export function fullName({ name, namespace }: { readonly name: string; readonly namespace: string }, domain: string) {
    return `${name}.${namespace}.svc.${domain}`;
}

/** What a host of a rule stands for, in full: `catalog` in namespace shop is `catalog.shop.svc.cluster.local`. */
export function inFull(host: string, namespace: string, domain: string): string {
    return host.includes(".") || host.startsWith("*") ? host : fullName({ name: host, namespace }, domain);
}

/** Whether a host of a rule, which may begin with a wildcard, stands for a Service. */
export function covers(host: string, service: string): boolean {
    if (host === "*") return true;
    return host.startsWith("*") ? service.endsWith(host.slice(1)) : host === service;
}

/**
 * Whether an object of a namespace is seen in another one. Absent, it is seen everywhere.
 * https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo
 */
export function isExported(exportTo: readonly string[] | undefined, from: string, to: string): boolean {
    if (exportTo === undefined || exportTo.length === 0) return true;
    return exportTo.some((entry) => entry === "*" || entry === to || (entry === "." && from === to));
}

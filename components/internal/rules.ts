/** What a value has to be. Free of the SDK, so that a configuration can be checked without loading it. */
import { isIP, isIPv4 } from "node:net";

/** RFC 1123: lower-case letters, digits and hyphens, at most 63 characters. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isDnsLabel(value: string): boolean {
    return DNS_LABEL.test(value);
}

/** What is wrong with a lifetime; undefined when nothing is. */
export function validityProblem(days: number, renewBeforeDays: number): string | undefined {
    if (!Number.isInteger(days) || days < 1) {
        return "must be a whole number of days, at least 1";
    }
    const renewable = Number.isInteger(renewBeforeDays) && renewBeforeDays >= 0 && renewBeforeDays < days;
    return renewable ? undefined : "must be renewed a whole number of days before its end, fewer than it lasts";
}

/** What is wrong with a list of generations; undefined when nothing is. Two are the most: one is used, one comes or goes. */
export function generationsProblem(generations: readonly number[]): string | undefined {
    const areNumbers = generations.every((each) => Number.isInteger(each) && each >= 1);
    return areNumbers && [1, 2].includes(new Set(generations).size) && new Set(generations).size === generations.length
        ? undefined
        : "must be one generation, or two different ones of which the first is used: whole numbers from 1";
}

/**
 * What is wrong with the URL of an API server that other clusters' pods have to dial; undefined when nothing is.
 * A loopback address is the common mistake: kubeconfigs of local clusters name one, and every pod has its own.
 */
export function apiServerProblem(url: string): string | undefined {
    if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
        return "must be an https URL";
    }
    return isLoopback(url)
        ? "must be reachable from the pods of other clusters, which a loopback address is not"
        : undefined;
}

/** What is wrong with the address of an istiod that serves other clusters; undefined when nothing is. */
export function istiodAddressProblem(address: string): string | undefined {
    return isIP(address) === 0
        ? "must be an IP address, since API servers do not call webhooks by a host name"
        : undefined;
}

interface Served {
    readonly controlPlane?: string | undefined;
    readonly peers?: readonly string[] | undefined;
}

interface Members {
    /** A cluster of the mesh, by its name. */
    readonly find: (name: string) => Served | undefined;
    /** The cluster of the mesh whose istiod runs in one outside of it; undefined where there is no such cluster. */
    readonly configClusterOf: (external: string) => string | undefined;
}

/** What is wrong with the cluster whose istiod is to serve another one; undefined when nothing is. */
export function controlPlaneProblem(
    cluster: string,
    { controlPlane = cluster, peers }: Served,
    { find, configClusterOf }: Members,
): string | undefined {
    const member = find(controlPlane);
    const primary = member === undefined ? configClusterOf(controlPlane) : controlPlane;
    if (controlPlane === cluster || primary === undefined) {
        return "must name another cluster of the mesh, or one outside of it that runs an istiod for this one; a cluster without it has an istiod of its own";
    }
    if (primary === cluster) return undefined;
    if (member?.controlPlane !== undefined) {
        return `must name a cluster with an istiod of its own: that of ${member.controlPlane} serves ${controlPlane}`;
    }
    if (peers !== undefined) {
        return `leaves no choice of \`peers\`: what the istiod of ${primary} discovers is what this cluster's pods know`;
    }
    return find(primary)?.peers?.includes(cluster) === false
        ? `needs the istiod of ${primary} to read this cluster, and the \`peers\` of ${primary} leave it out`
        : undefined;
}

/** Whether a URL or a host leads whoever dials it to itself. */
export function isLoopback(server: string): boolean {
    const host = (URL.canParse(server) ? new URL(server).hostname : server).replace(/^\[|\]$/g, "");
    return (
        host === "localhost" ||
        host.endsWith(".localhost") ||
        ["::1", "::", "0.0.0.0"].includes(host) ||
        (isIPv4(host) && host.startsWith("127."))
    );
}

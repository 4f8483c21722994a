/** What of a mesh's services one cluster has to do with. */
import type { MeshServiceArgs, SharedServiceArgs, SharingArgs } from "../sharedServiceArgs";
import { knownIn, serviceHost, type SharingMember } from "./services";

/** What a service needs in one cluster. */
export interface ServicePart extends Omit<SharedServiceArgs, "controlPlane"> {
    namespace: string;
}

export function sharingOf(
    cluster: string,
    services: readonly MeshServiceArgs[],
    members: readonly SharingMember[],
): SharingArgs {
    const served = servedWith(cluster, members);
    const hosts = (wanted: (service: MeshServiceArgs) => readonly string[]): string[] =>
        services
            .filter((service) => wanted(service).some((name) => served.includes(name)))
            .map(({ name, namespace }) => serviceHost(name, namespace));
    return {
        known: hosts((service) => knownIn(service, members)),
        exported: hosts((service) => (knownIn(service, members).length > 1 ? service.clusters : [])),
    };
}

/**
 * @param hasService Whether the cluster has the Service from elsewhere.
 * @returns undefined where there is nothing to be made.
 */
export function partOf(
    cluster: string,
    service: MeshServiceArgs,
    members: readonly SharingMember[],
    hasService = service.clusters.includes(cluster),
): ServicePart | undefined {
    const {
        clusters,
        headless = false,
        locality,
        outlierDetection,
        connectTimeout,
        retries,
        callers,
        selector,
    } = service;
    const { dnsProxy = false } = members.find(({ name }) => name === cluster) ?? {};
    const known = knownIn(service, members);
    const configured = members.filter(({ istiod }) => istiod === cluster).map(({ name }) => name);
    const isRun = configured.some((name) => clusters.includes(name));
    const client = {
        ...(locality && { locality }),
        ...(outlierDetection && { outlierDetection }),
        ...(connectTimeout !== undefined && { connectTimeout }),
        ...(retries && { retries }),
    };
    const part = {
        ...(known.includes(cluster) && !hasService && !dnsProxy && { twin: true }),
        ...(configured.some((name) => known.includes(name)) && !headless && { client }),
        ...(isRun && callers && { callers, ...(selector && { selector }) }),
    };
    const { name, namespace, ports } = service;
    return Object.keys(part).length > 0 ? { service: name, namespace, ports, ...part } : undefined;
}

/** The clusters that the same istiod serves. */
function servedWith(cluster: string, members: readonly SharingMember[]): string[] {
    const istiod = members.find(({ name }) => name === cluster)?.istiod;
    return members.filter((member) => member.istiod === istiod).map(({ name }) => name);
}

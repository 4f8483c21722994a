import { PROBE_HOSTS, serviceHost } from "../../../components/internal/services";
import type { ListedService } from "../../../shared/topology";
import { defineCheck, type Part } from "../../check";
import { dotted, sharedIn } from "../../listed";
import { type DeclaredMesh, onNetworkOf } from "../../mesh";
import { clusterNamed, inEachCluster } from "../../observe";
import { hasDnsProxy } from "../../observe/dnsProxy";
import { gatewayPods, waysElsewhere } from "../../observe/eastWest";
import { readyAddresses } from "../../observe/endpointSlices";
import { clientUpstreams, serverNames } from "../../observe/envoy";
import { serviceOf } from "../../observe/envoyAnswers";
import { covers } from "../../observe/hosts";
import { dottedName, isNamespaceOfMesh } from "../../observe/objects";

/** Services of one cluster, as it has them and as its proxies find them. Services are `name.namespace`. */
export interface FoundServices {
    readonly cluster: string;
    /** The Services that exist there. */
    readonly existing: readonly string[];
    /** Addresses of its own ready pods behind those that are listed. */
    readonly pods: ReadonlyMap<string, readonly string[]>;
    /** `address:port` behind every service, in any of its proxies that were asked; undefined without a proxy. */
    readonly known: ReadonlyMap<string, readonly string[]> | undefined;
    /** `address:port` of the gateways of the clusters on other networks. */
    readonly ways: ReadonlyMap<string, readonly string[]>;
    /** Whether Istio's DNS proxy answers in its pods, also for what the cluster has no Service of. */
    readonly hasDnsProxy: boolean;
    /** The services that its own gateways lead other networks to; undefined where no gateway of it listens. */
    readonly opened: readonly string[] | undefined;
}

export const sharedServices = defineCheck<readonly FoundServices[]>({
    id: "shared-services",
    group: "discovery",
    proves: "A listed service has a name and endpoints where it may be called, and no other service is found in another cluster",
    observe: async (view) => {
        const names = (view.mesh.services ?? []).map(({ name }) => name);
        return inEachCluster(view, async (kubernetes, { name, network }) => {
            const own = clusterNamed(view, name);
            const [services, pods, upstreams, ways, gateways, isAnswered] = await Promise.all([
                kubernetes.services(),
                readyAddresses(kubernetes, names),
                clientUpstreams(kubernetes),
                waysElsewhere(view, own),
                gatewayPods(kubernetes, network),
                hasDnsProxy(view, own),
            ]);
            const opened = await Promise.all(gateways.map(({ pod, port }) => serverNames(kubernetes, pod, port)));
            const listening = opened.filter((each) => each !== undefined);
            const known = new Map<string, string[]>();
            for (const upstream of upstreams.flat()) {
                const service = serviceOf(upstream);
                if (service === undefined) continue;
                const addresses = upstream.endpoints.map(({ address, port }) => `${address}:${port}`);
                known.set(dotted(service), [...(known.get(dotted(service)) ?? []), ...addresses]);
            }
            return {
                existing: services.map(dottedName),
                pods,
                known: upstreams.length === 0 ? undefined : known,
                ways,
                hasDnsProxy: isAnswered,
                opened: listening.length === 0 ? undefined : [...new Set(listening.flat().flatMap(serviceBehind))],
            };
        });
    },
    judge: (all, mesh) =>
        all.flatMap((found) => {
            const faults = [
                ...(mesh.services ?? []).flatMap((service) => listedFaults(mesh, service, found, all)),
                ...strayFaults(mesh, found),
                ...gatewayFaults(mesh, found),
            ];
            return faults.length > 0 ? faults : [{ seen: inOrder(mesh, found) }];
        }),
});

/** @param serverName As proxies send it: `outbound_.80_._.catalog.shop.svc.cluster.local`. */
function serviceBehind(serverName: string): string[] {
    const [, service] = /^outbound_\.\d+_\.[^_]*_\.([^.]+\.[^.]+)\.svc\./.exec(serverName) ?? [];
    return service === undefined ? [] : [service];
}

/** A probe makes services of its own, and they come and go. */
function isOfMesh(service: string): boolean {
    const [name = "", namespace = ""] = service.split(".");
    return isNamespaceOfMesh(namespace) && !covers(PROBE_HOSTS, serviceHost(name, namespace));
}

function inOrder(mesh: DeclaredMesh, { cluster, known, opened }: FoundServices): string {
    const { known: listed } = sharedIn(mesh, cluster, mesh.services ?? []);
    const names = listed.map(dotted).join(", ") || "no service";
    const open = (opened ?? []).filter(isOfMesh).join(", ") || "none";
    return known === undefined
        ? `${cluster}: no proxy to ask; its gateways lead to ${open}`
        : `${cluster}: knows ${names} as listed; its gateways lead to ${open}`;
}

/** What is wrong with a listed service in a cluster. */
function listedFaults(
    mesh: DeclaredMesh,
    service: ListedService,
    found: FoundServices,
    all: readonly FoundServices[],
): Part[] {
    const { cluster, existing, pods } = found;
    const name = dotted(service);
    const isRun = service.clusters.includes(cluster);
    const isKnown = sharedIn(mesh, cluster, [service]).known.length > 0;
    if (!isKnown) return [];
    if (!existing.includes(name) && (isRun || !found.hasDnsProxy)) {
        return [
            {
                seen: `${cluster}: there is no Service ${name}`,
                ...(isRun
                    ? {
                          cause: `${cluster} is to run ${name}, and has no such Service.`,
                          fix: `Install the app in ${cluster}, with a Service ${service.name} in namespace ${service.namespace}, or take ${cluster} out of the service's clusters.`,
                      }
                    : {
                          cause: `${cluster} may call ${name}, but DNS of a cluster knows only its own Services.`,
                          fix: `Run \`up\` for ${cluster}: it makes a Service of that name without pods.`,
                      }),
            },
        ];
    }
    const strangers = isRun ? [] : (pods.get(name) ?? []);
    return [
        ...(strangers.length === 0
            ? []
            : [
                  {
                      seen: `${cluster}: ${name} has pods there`,
                      cause: `${cluster} runs ${name}, and is not among the clusters that do: requests of others to its gateway are refused.`,
                      fix: `Add ${cluster} to the service's clusters, or end the app there.`,
                  },
              ]),
        ...notFound(mesh, service, found, all).map((other) => ({
            seen: `${cluster}: its proxies do not know ${name} in ${other}`,
            cause: `Clients in ${cluster} do not find ${name} of ${other}, which runs it.`,
            fix: `See peers-synced and network-gateways of ${cluster}; its istiod's meshConfig.serviceSettings has to name the service's host, as the last \`up\` wrote it.`,
        })),
    ];
}

/** The other clusters with pods of a service that a cluster's clients should find there, and do not. */
function notFound(
    mesh: DeclaredMesh,
    service: ListedService,
    { cluster, known, ways }: FoundServices,
    all: readonly FoundServices[],
): string[] {
    // A headless service has no endpoints in a proxy: clients dial the address that they ask for.
    if (known === undefined || service.headless === true) return [];
    const addresses = known.get(dotted(service)) ?? [];
    const peers = mesh.clusters.find(({ name }) => name === cluster)?.peers;
    const near = onNetworkOf(mesh, cluster).map(({ name }) => name);
    return all
        .filter((other) => other.cluster !== cluster && service.clusters.includes(other.cluster))
        .filter((other) => peers?.includes(other.cluster) ?? true)
        .filter(({ cluster: name, pods }) => {
            const theirs = pods.get(dotted(service)) ?? [];
            const way = ways.get(name) ?? [];
            const leadsThere = (address: string): boolean =>
                near.includes(name) ? theirs.includes(address.replace(/:\d+$/, "")) : way.includes(address);
            return theirs.length > 0 && !addresses.some(leadsThere);
        })
        .map((other) => other.cluster);
}

/** Services that proxies of a cluster find in clusters on other networks, and should not. */
function strayFaults(mesh: DeclaredMesh, { cluster, known, ways }: FoundServices): Part[] {
    const listed = mesh.services ?? [];
    const mayBe = sharedIn(mesh, cluster, listed).known.map(dotted);
    const others = new Set([...ways.values()].flat());
    return [...(known ?? [])]
        .filter(([service, addresses]) => addresses.some((address) => others.has(address)) && isOfMesh(service))
        .filter(([service]) => !mayBe.includes(service))
        .map(([service]) => ({
            seen: `${cluster}: its proxies find ${service} in another cluster`,
            cause: `Clients in ${cluster} find ${service} elsewhere, which is ${listed.map(dotted).includes(service) ? "not exported to it" : "no service that the mesh lists"}.`,
            fix: `List the service, or have meshConfig.serviceSettings of its istiod keep it in its cluster: the last \`up\` did, so was ConfigMap istio edited by hand?`,
        }));
}

function gatewayFaults(mesh: DeclaredMesh, { cluster, existing, opened }: FoundServices): Part[] {
    const { exported } = sharedIn(mesh, cluster, mesh.services ?? []);
    const names = exported.map(dotted);
    if (opened === undefined) return [];
    const lacking = names.filter((name) => existing.includes(name) && !opened.includes(name));
    const beyond = opened.filter((name) => isOfMesh(name) && !names.includes(name));
    return [
        ...lacking.map((name) => ({
            seen: `${cluster}: its gateways do not lead to ${name}`,
            cause: `Other networks may call ${name} in ${cluster}, and its gateways refuse them.`,
            fix: `The hosts of Gateway cross-network-gateway in ${cluster} have to name it: run \`up\` for ${cluster}.`,
        })),
        ...beyond.map((name) => ({
            seen: `${cluster}: its gateways lead to ${name}`,
            cause: `Other networks reach ${name} in ${cluster}, which is not exported.`,
            fix: `Look for a Gateway with AUTO_PASSTHROUGH in ${cluster} whose hosts name more than the list does.`,
        })),
    ];
}

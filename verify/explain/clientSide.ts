/** The hops in the client's cluster: from its pod to what its proxy sends requests to. */
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { peersOf } from "../mesh";
import { clusterNamed, type MeshView } from "../observe";
import { controlPlaneOf } from "../observe/controlPlane";
import { hasDnsProxy } from "../observe/dnsProxy";
import { hasReadyProxy } from "../observe/istio";
import type { Asked } from "./asked";
import { serviceOf } from "./discovery";
import { ends, type Hop, named, passes } from "./hop";
import { destinationRules, sidecars, virtualServices } from "../observe/istioResources";
import { destinationRulesOf, otherTls, routeOf, type Routed, virtualServiceOf } from "./route";
import { type Client, EXPORT_TO, isServiceExported, reaches, sidecarOf } from "./scope";

/** DNS domain of Services: what nearly every cluster has. */
const DOMAIN = "cluster.local";

export interface ClientSide {
    readonly hops: readonly Hop[];
    /** Set where the request leaves the client's proxy. */
    readonly leaves?: {
        readonly pod: V1Pod;
        readonly port: number;
        readonly subset: string | undefined;
    };
}

export async function walkClient(view: MeshView, asked: Asked): Promise<ClientSide> {
    const { cluster } = asked;
    const { kubernetes } = clusterNamed(view, cluster);
    const hops: Hop[] = [];
    const pods = await kubernetes.runningPods(asked.client.selector, asked.client.namespace);
    const pod = pods.find(hasReadyProxy) ?? pods[0];
    hops.push(clientHop(cluster, asked, pod));
    if (pod === undefined || !hasReadyProxy(pod)) return { hops };

    const service = (await serviceOf(kubernetes, asked)) ?? (await serviceElsewhere(view, asked));
    const client: Client = { namespace: asked.client.namespace, labels: pod.metadata?.labels ?? {} };
    const { hop, port } = serviceHop(cluster, asked, client, service);
    hops.push(hop);
    if (port === undefined) return { hops };

    const { namespace: root } = await controlPlaneOf(kubernetes);
    const host = `${asked.service.name}.${asked.service.namespace}.svc.${DOMAIN}`;
    const routed: Routed = {
        ...{ service: host, namespace: asked.service.namespace, domain: DOMAIN },
        ...{ port, path: asked.path },
    };
    const [scopes, routes, rules] = await Promise.all([
        sidecars(kubernetes),
        virtualServices(kubernetes),
        destinationRules(kubernetes),
    ]);
    const scope = sidecarOf(scopes, client, root);
    if (scope !== undefined) {
        const culprit = { kind: "Sidecar", ...scope.metadata, cluster, field: "spec.egress" };
        const seen = `${scope.metadata.namespace}/${scope.metadata.name} applies to the client`;
        const isKnown = reaches(scope, host, asked.service.namespace);
        hops.push(
            isKnown
                ? passes("Sidecar", cluster, seen)
                : ends("Sidecar", cluster, seen, {
                      cause: `${named(culprit)} keeps ${host} from the client's proxy: no entry of its hosts is for it.`,
                      fix: `Add "${asked.service.namespace}/*", or "${asked.service.namespace}/${host}", to the hosts.`,
                      culprit,
                  }),
        );
        if (!isKnown) return { hops };
    }
    const applying = destinationRulesOf(rules, client, routed, root);
    const subsets = applying.flatMap(({ spec }) => spec.subsets.map(({ name }) => name));
    const route = routeHop(cluster, virtualServiceOf(routes, client, routed), client, routed, subsets);
    if (route.hop !== undefined) hops.push(route.hop);
    if (route.hop?.state === "ends") return { hops };
    for (const rule of applying) {
        const tls = otherTls(rule, port, route.subset);
        const seen = `${rule.metadata.namespace}/${rule.metadata.name} is for ${rule.spec.host}`;
        if (tls === undefined) {
            hops.push(passes("DestinationRule", cluster, seen));
            continue;
        }
        const culprit = { kind: "DestinationRule", ...rule.metadata, cluster, field: tls.field };
        hops.push(
            ends("DestinationRule", cluster, `${seen}: TLS ${tls.mode}`, {
                cause: `${named(culprit)} is ${tls.mode}: the client's proxy does not show its certificate of the mesh, which gateways and sidecars ask for.`,
                fix: "Set it to ISTIO_MUTUAL, or remove it.",
                culprit,
            }),
        );
        return { hops };
    }
    return { hops, leaves: { pod, port, subset: route.subset } };
}

function clientHop(cluster: string, { client }: Asked, pod: V1Pod | undefined): Hop {
    if (pod === undefined) {
        return ends("client", cluster, `no running pod with ${client.selector} in ${client.namespace}`, {
            cause: `There is no client of this name in ${cluster}.`,
            fix: `\`kubectl -n ${client.namespace} get pods --show-labels\` there shows what runs; name an app of it.`,
        });
    }
    const name = pod.metadata?.name ?? "";
    return hasReadyProxy(pod)
        ? passes("client", cluster, `pod ${name} has a sidecar that is ready`)
        : ends("client", cluster, `pod ${name} has no sidecar that is ready`, {
              cause: `The client ${name} has no sidecar, so nothing of its requests is known or proved to others.`,
              fix: `Its namespace ${client.namespace} needs the label istio-injection=enabled before the pod is made; restart it then.`,
              culprit: { kind: "Namespace", namespace: "", name: client.namespace, cluster, field: "metadata.labels" },
          });
}

/** The Service in a cluster that the client's discovers, where Istio's DNS proxy answers for it. */
async function serviceElsewhere(view: MeshView, asked: Asked): Promise<V1Service | undefined> {
    if (!(await hasDnsProxy(view, clusterNamed(view, asked.cluster)))) return undefined;
    const peers = peersOf(view.mesh, asked.cluster).map(({ name }) => clusterNamed(view, name));
    return (await Promise.all(peers.map(({ kubernetes }) => serviceOf(kubernetes, asked)))).find(
        (found) => found !== undefined,
    );
}

function serviceHop(
    cluster: string,
    { service: { name, namespace }, port: wanted }: Asked,
    client: Client,
    service: V1Service | undefined,
): { readonly hop: Hop; readonly port?: number } {
    const at = "Service";
    const culprit = { kind: "Service", namespace, name, cluster };
    if (service === undefined) {
        const hop = ends(at, cluster, `there is no Service ${namespace}/${name}`, {
            cause: `${cluster} has no Service ${namespace}/${name}: its DNS knows only a cluster's own Services, so the name does not resolve.`,
            fix: `Make the same Service in ${cluster}, without pods: kubectl apply it to both clusters.`,
            culprit: { ...culprit, field: "metadata.name" },
        });
        return { hop };
    }
    const annotations = service.metadata?.annotations;
    if (!isServiceExported(annotations, namespace, client.namespace)) {
        const at = `metadata.annotations["${EXPORT_TO}"]`;
        const hop = ends("Service", cluster, `${EXPORT_TO} is "${annotations?.[EXPORT_TO] ?? ""}"`, {
            cause: `Service ${namespace}/${name} in ${cluster} (${at}) is not exported to ${client.namespace}, so the client's proxy does not know it.`,
            fix: `Remove the annotation, or add ${client.namespace} to it.`,
            culprit: { ...culprit, field: at },
        });
        return { hop };
    }
    const ports = (service.spec?.ports ?? []).map(({ port }) => port);
    const port = wanted ?? ports[0];
    return port === undefined || !ports.includes(port)
        ? {
              hop: ends(at, cluster, `it has the ports ${ports.join(", ") || "none"}`, {
                  cause: `Service ${namespace}/${name} in ${cluster} (spec.ports) has no port ${port ?? "at all"}.`,
                  fix: `Ask for one that it has, or add the port in every cluster.`,
                  culprit: { ...culprit, field: "spec.ports" },
              }),
          }
        : { hop: passes(at, cluster, `${namespace}/${name} has port ${port}`), port };
}

function routeHop(
    cluster: string,
    virtual: ReturnType<typeof virtualServiceOf>,
    client: Client,
    routed: Routed,
    subsets: readonly string[],
): { readonly hop?: Hop; readonly subset: string | undefined } {
    if (virtual === undefined) return { subset: undefined };
    const at = "VirtualService";
    const { metadata } = virtual;
    const name = `${metadata.namespace}/${metadata.name}`;
    const culprit = (field: string) => ({ kind: at, ...metadata, cluster, field });
    const end = (field: string, cause: string, fix: string) => ({
        hop: ends(at, cluster, `${name} takes the request`, {
            cause: `${named(culprit(field))} ${cause}`,
            fix,
            culprit: culprit(field),
        }),
        subset: undefined,
    });
    // One without routes of HTTP is for TCP or TLS.
    if (virtual.spec.http.length === 0) return { subset: undefined };
    const taken = routeOf(virtual, client, routed);
    if (taken === undefined) {
        return end(
            "spec.http",
            `has no route for ${routed.path ?? "the request"}: the proxy answers 404.`,
            "Add a route without a match at its end.",
        );
    }
    const { index, route, certain } = taken;
    const field = `spec.http[${index}]`;
    if (!certain) {
        const seen = `${name}: an earlier route than ${field} may take the request, by its headers or a pattern`;
        return { hop: { at, cluster, state: "unseen", seen }, subset: undefined };
    }
    if (route.fault?.abort?.percentage?.value === 100) {
        return end(`${field}.fault.abort`, "aborts every request.", "Remove it.");
    }
    const missing = route.route.findIndex(
        ({ destination: { subset } }) => subset !== undefined && !subsets.includes(subset),
    );
    const subset = route.route[missing]?.destination.subset;
    if (subset !== undefined) {
        return end(
            `${field}.route[${missing}].destination.subset`,
            `sends it to subset ${subset} of ${routed.service}, which no DestinationRule has: the proxy answers 503.`,
            `Add subset ${subset} to the DestinationRule of the host, or remove it here.`,
        );
    }
    const [first] = route.route;
    return { hop: passes(at, cluster, `${name}, ${field}`), subset: first?.destination.subset };
}

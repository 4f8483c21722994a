/** The hops in the client's cluster: from its pod to what its proxy sends requests to. */
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { peersOf } from "../mesh";
import { clusterNamed, type MeshView, servingCluster } from "../observe";
import { controlPlaneOf, domainOfServices } from "../observe/controlPlane";
import { hasDnsProxy } from "../observe/dnsProxy";
import { fullName } from "../observe/hosts";
import { hasReadyProxy, isAmbient } from "../observe/istio";
import type { Asked } from "./asked";
import { serviceOf } from "./discovery";
import { ends, type Hop, named, passes, unseen } from "./hop";
import { destinationRules, sidecars, virtualServices } from "../observe/istioResources";
import { type Destination, walkRoutes } from "./routing";
import { type Client, EXPORT_TO, isServiceExported, reaches, sidecarOf } from "./scope";

export interface ClientSide {
    readonly hops: readonly Hop[];
    /** Set where the request leaves the client's proxy. */
    readonly leaves?: {
        readonly pod: V1Pod;
    } & Destination;
}

export async function walkClient(view: MeshView, asked: Asked): Promise<ClientSide> {
    const { cluster } = asked;
    const { kubernetes } = clusterNamed(view, cluster);
    const hops: Hop[] = [];
    const pods = await kubernetes.runningPods(asked.client.selector, asked.client.namespace);
    const pod = pods.find(hasReadyProxy) ?? pods[0];
    hops.push(clientHop(cluster, asked, pod));
    if (pod === undefined || !hasReadyProxy(pod)) return { hops };

    const domain = await domainOfServices(servingCluster(view, clusterNamed(view, cluster)).kubernetes);
    const isOwnName = asked.host === undefined || namesOf(asked, domain).includes(asked.host);
    const service = (await serviceOf(kubernetes, asked)) ?? (await serviceElsewhere(view, asked, isOwnName));
    const client: Client = { namespace: asked.client.namespace, labels: pod.metadata?.labels ?? {} };
    const { hop, port } = serviceHop(cluster, asked, client, service);
    hops.push(hop);
    if (port === undefined) return { hops };

    const [scopes, routes, rules] = await Promise.all([
        sidecars(kubernetes),
        virtualServices(kubernetes),
        destinationRules(kubernetes),
    ]);
    const { namespace: root } = await controlPlaneOf(kubernetes);
    const host = fullName(asked.service, domain);
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
    const routed = { host: isOwnName ? host : (asked.host ?? host), isOwnName, domain, port, path: asked.path };
    const walked = walkRoutes(asked, client, routed, { virtualServices: routes, destinationRules: rules, root });
    return { hops: [...hops, ...walked.hops], ...(walked.to && { leaves: { pod, ...walked.to } }) };
}

function clientHop(cluster: string, { client }: Asked, pod: V1Pod | undefined): Hop {
    if (pod === undefined) {
        return ends("client", cluster, `no running pod with ${client.selector} in ${client.namespace}`, {
            cause: `There is no client of this name in ${cluster}.`,
            fix: `\`kubectl -n ${client.namespace} get pods --show-labels\` there shows what runs; name an app of it.`,
        });
    }
    const name = pod.metadata?.name ?? "";
    if (isAmbient(pod)) return unseen("client", cluster, `pod ${name} is in ambient mode, which is not followed`);
    return hasReadyProxy(pod)
        ? passes("client", cluster, `pod ${name} has a sidecar that is ready`)
        : ends("client", cluster, `pod ${name} has no sidecar that is ready`, {
              cause: `The client ${name} has no sidecar, so nothing of its requests is known or proved to others.`,
              fix: `Its namespace ${client.namespace} needs the label istio-injection=enabled before the pod is made; restart it then.`,
              culprit: { kind: "Namespace", namespace: "", name: client.namespace, cluster, field: "metadata.labels" },
          });
}

/** What clients may call the Service by. */
function namesOf({ service, client }: Asked, domain: string): string[] {
    const { name, namespace } = service;
    const near = client.namespace === namespace ? [name] : [];
    return [...near, `${name}.${namespace}`, `${name}.${namespace}.svc`, fullName(service, domain)];
}

/** The Service in a cluster that the client's discovers, where Istio's DNS proxy answers for it, or nobody asks DNS for it. */
async function serviceElsewhere(view: MeshView, asked: Asked, isOwnName: boolean): Promise<V1Service | undefined> {
    if (isOwnName && !(await hasDnsProxy(view, clusterNamed(view, asked.cluster)))) return undefined;
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

/** What the client's proxy sends requests of a Service to, and why it may be nothing. */
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { z } from "zod";
import { onNetworkOf, peersOf } from "../mesh";
import { clusterNamed, type MeshView, type ObservedCluster } from "../observe";
import { podsBehind, targetOf, waysInto } from "../observe/eastWest";
import { upstreamsOf } from "../observe/envoy";
import { hasReadyProxy, isAmbient } from "../observe/istio";
import type { KubernetesView } from "../observe/kubernetes";
import { isReady, selectorOf } from "../observe/objects";
import type { Asked } from "./asked";
import { ends, type Hop, passes, unseen } from "./hop";
import { selects } from "../observe/objects";
import { EXPORT_TO, isServiceExported } from "./scope";

const deployment = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
        replicas: z.number().default(1),
        template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }) }),
    }),
});

export interface Endpoints {
    readonly hops: readonly Hop[];
    /** Clusters that requests go to. */
    readonly clusters: readonly ObservedCluster[];
}

/** @param leaves The client's pod, the Service's port and subset. */
export async function walkDiscovery(
    view: MeshView,
    asked: Asked,
    { pod, port, subset }: { readonly pod: V1Pod; readonly port: number; readonly subset: string | undefined },
): Promise<Endpoints> {
    const { kubernetes } = clusterNamed(view, asked.cluster);
    const { name, namespace } = asked.service;
    const upstreams = await upstreamsOf(kubernetes, pod);
    const upstream = upstreams.find(({ name: known }) =>
        known.startsWith(`outbound|${port}|${subset ?? ""}|${name}.${namespace}.svc.`),
    );
    const known = (upstream?.endpoints ?? []).map(({ address, port: at, health }) => ({
        at: `${address}:${at}`,
        health,
    }));
    const peers = peersOf(view.mesh, asked.cluster).map((peer) => clusterNamed(view, peer.name));
    const candidates = [clusterNamed(view, asked.cluster), ...peers];
    const wanted = asked.service.clusters ?? (await withPods(candidates, asked));
    const near = onNetworkOf(view.mesh, asked.cluster).map((each) => each.name);
    const reached: ObservedCluster[] = [];
    const hops: Hop[] = [];
    for (const target of candidates.filter((each) => wanted.includes(each.declared.name))) {
        const isNear = near.includes(target.declared.name);
        if (isNear && (await serviceOf(target.kubernetes, asked))?.spec?.clusterIP === "None") {
            const seen = `${name}.${namespace} is headless: its names lead to its pods in ${target.declared.name}`;
            hops.push(passes("endpoints", asked.cluster, seen));
            reached.push(target);
            continue;
        }
        const ways = isNear ? await podsOf(target, asked) : await waysInto(view, target.declared.name, kubernetes);
        const used = known.filter(({ at }) => ways.includes(at));
        const where = target.declared.name;
        const seen = `the client's proxy knows ${name}.${namespace}:${port} of ${where} as ${used.map(({ at, health }) => `${at} ${health}`).join(", ") || "nothing"}`;
        if (used.some(({ health }) => health === "HEALTHY")) {
            reached.push(target);
            hops.push(passes("endpoints", asked.cluster, seen));
        } else if (used.length > 0) {
            hops.push(
                ends("endpoints", asked.cluster, seen, {
                    cause: `The client's proxy has stopped using ${where} after failures (outlier detection).`,
                    fix: `What failed is at the next hops; it tries again by itself.`,
                }),
            );
            reached.push(target);
        } else {
            hops.push(await absence(target, asked, seen));
        }
    }
    if (hops.length === 0) {
        const seen = `no cluster that ${asked.cluster} discovers has pods of ${name}.${namespace}`;
        const all = await Promise.all(candidates.map((each) => absence(each, asked, seen)));
        // A Service without pods is a twin of one elsewhere, and no fault, where a Deployment has been scaled down.
        const idle = all.filter(({ culprit }) => culprit?.kind === "Deployment");
        const telling = all.filter(({ culprit }) => culprit !== undefined);
        hops.push(...([idle, telling, all].find((found) => found.length > 0) ?? []));
    }
    return { hops, clusters: reached };
}

/** Names of the clusters that have pods of the Service, ready or not. */
async function withPods(clusters: readonly ObservedCluster[], asked: Asked): Promise<string[]> {
    const found = clusters.map(async (each) => ((await behind(each, asked)).pods.length > 0 ? each.declared.name : ""));
    return (await Promise.all(found)).filter((name) => name !== "");
}

/** Every `address:port` of a cluster's pods of the Service. */
async function podsOf(target: ObservedCluster, asked: Asked): Promise<string[]> {
    const { pods, ports } = await behind(target, asked);
    return pods.flatMap(({ status }) => ports.map((port) => `${status?.podIP ?? ""}:${port}`));
}

/** The Service that is asked for, as one cluster has it. */
export async function serviceOf(
    kubernetes: KubernetesView,
    { service: { name, namespace } }: Asked,
): Promise<V1Service | undefined> {
    const all = await kubernetes.services();
    return all.find(({ metadata }) => metadata?.name === name && metadata.namespace === namespace);
}

/** The Service in a cluster, its pods, and their ports behind it. */
export async function behind({ kubernetes }: ObservedCluster, asked: Asked) {
    const service = await serviceOf(kubernetes, asked);
    const pods = service === undefined ? [] : await podsBehind(kubernetes, service);
    const ports = (service?.spec?.ports ?? []).flatMap(
        ({ port }) => (service && targetOf(service, port, pods[0])) ?? [],
    );
    return { service, pods, ports };
}

/** Why a client's proxy knows no endpoint of the Service in a cluster. */
async function absence(target: ObservedCluster, asked: Asked, seen: string): Promise<Hop> {
    const { name, namespace } = asked.service;
    const cluster = target.declared.name;
    const { service, pods } = await behind(target, asked);
    const culprit = { kind: "Service", namespace, name, cluster };
    const end = (cause: string, fix: string, of?: Hop["culprit"]): Hop =>
        ends("endpoints", asked.cluster, seen, { cause, fix, ...(of === undefined ? {} : { culprit: of }) });
    if (service === undefined) {
        return end(`${cluster} has no Service ${namespace}/${name}.`, `Make it there, where its pods run.`);
    }
    if (!isServiceExported(service.metadata?.annotations, namespace, asked.client.namespace)) {
        const field = `metadata.annotations["${EXPORT_TO}"]`;
        const fix = "Remove the annotation, or add the client's namespace to it.";
        return end(`Service ${namespace}/${name} in ${cluster} (${field}) is not exported.`, fix, {
            ...culprit,
            field,
        });
    }
    if (pods.length === 0) {
        const idle = await idleDeployment(target, service);
        return idle === undefined
            ? end(
                  `No running pod in ${cluster} has the labels that Service ${namespace}/${name} (spec.selector) selects: ${selectorOf(service) ?? "none"}.`,
                  "Compare them with the labels of the pods, and see why these do not run.",
                  { ...culprit, field: "spec.selector" },
              )
            : end(
                  `Deployment ${namespace}/${idle} in ${cluster} (spec.replicas) has 0 replicas: nothing there can answer.`,
                  `kubectl -n ${namespace} scale deployment ${idle} --replicas 1`,
                  { kind: "Deployment", namespace, name: idle, cluster, field: "spec.replicas" },
              );
    }
    const first = pods[0]?.metadata?.name ?? "";
    if (!pods.some(isReady)) {
        const fix = `\`kubectl -n ${namespace} describe pod ${first}\` in ${cluster} says why.`;
        return end(`No pod of ${name} in ${cluster} is Ready.`, fix, podCulprit(cluster, namespace, first));
    }
    if (pods.some(isAmbient)) {
        return unseen("endpoints", asked.cluster, `${seen}: its pods are in ambient mode, which is not followed`);
    }
    if (!pods.some(hasReadyProxy)) {
        const fix = `Label Namespace ${namespace} of ${cluster} with istio-injection=enabled, and restart the pods.`;
        const cause = `Pods of ${name} in ${cluster} have no sidecar: other networks reach them through mutual TLS only.`;
        return end(cause, fix, podCulprit(cluster, namespace, first));
    }
    return end(
        `istiod of ${asked.cluster} does not know the pods of ${name} in ${cluster}, or no gateway of ${cluster}.`,
        "See the checks remote-secrets, peers-synced and network-gateways: `mesh verify`.",
    );
}

function podCulprit(cluster: string, namespace: string, name: string) {
    return { kind: "Pod", namespace, name, cluster, field: "status.conditions" };
}

/** A Deployment without replicas whose pods the Service would select. */
async function idleDeployment({ kubernetes }: ObservedCluster, service: V1Service): Promise<string | undefined> {
    const wanted = service.spec?.selector ?? {};
    const all = await kubernetes.objects("apps", "v1", "deployments", deployment);
    return all.find(
        ({ metadata, spec }) =>
            metadata.namespace === service.metadata?.namespace &&
            spec.replicas === 0 &&
            Object.keys(wanted).length > 0 &&
            selects(wanted, spec.template.metadata.labels),
    )?.metadata.name;
}

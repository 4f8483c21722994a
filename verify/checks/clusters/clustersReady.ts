import { z } from "zod";
import { defineCheck } from "../../check";
import { inEachCluster, ObservationError } from "../../observe";
import type { KubernetesView } from "../../observe/kubernetes";
import { isReady, qualifiedName, selectorOf } from "../../observe/objects";

export interface ReadyState {
    readonly version: string;
    readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
    /** What answers behind the Services of DNS; absent where there is neither such a Service nor a pod of one. */
    readonly dns?: { readonly service: string; readonly ready: number };
}

/** State of one cluster, or why it could not be read, in words that name the cluster. */
export type ClusterState = { readonly cluster: string } & (ReadyState | { readonly unreachable: string });

export const clustersReady = defineCheck<readonly ClusterState[]>({
    id: "clusters-ready",
    group: "clusters",
    proves: "Every cluster answers, its nodes are Ready and its DNS runs",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            try {
                return await state(kubernetes);
            } catch (error) {
                return { unreachable: error instanceof Error ? error.message : String(error) };
            }
        }),
    judge: (states) =>
        states.map((state) => {
            if ("unreachable" in state) {
                return {
                    seen: state.unreachable,
                    cause: `The API server of ${state.cluster} is down, or this machine cannot reach it or lacks the rights.`,
                    fix: `Try \`kubectl get nodes\` with the kubeconfig of ${state.cluster}; start the cluster.`,
                };
            }
            const { cluster, version, nodes, dns } = state;
            const waiting = nodes.filter(({ ready }) => !ready).map(({ name }) => name);
            const seen = `${cluster}: Kubernetes ${version}, ${nodes.length - waiting.length} of ${nodes.length} nodes Ready, ${dns === undefined ? "no DNS pods are seen, it may run elsewhere" : `${dns.ready} DNS endpoints Ready`}`;
            if (nodes.length === 0 || waiting.length > 0) {
                return {
                    seen,
                    cause: `Nodes of ${cluster} are not Ready: ${waiting.join(", ") || "there are none"}.`,
                    fix: `\`kubectl describe node\` in ${cluster} names the condition.`,
                };
            }
            return dns === undefined || dns.ready > 0
                ? { seen }
                : {
                      seen,
                      cause: `No endpoint of Service ${dns.service} in ${cluster} is ready, so names do not resolve in it.`,
                      fix: `\`kubectl describe service,endpointslices\` of ${dns.service} in ${cluster}, then its pods.`,
                  };
        }),
});

async function state(kubernetes: KubernetesView): Promise<ReadyState> {
    const [version, nodes, dns] = await Promise.all([
        kubernetes.serverVersion(),
        kubernetes.nodes(),
        dnsOf(kubernetes).catch(unlessForbidden),
    ]);
    return {
        version,
        nodes: nodes.map((node) => ({ name: node.metadata?.name ?? "", ready: isReady(node) })),
        ...(dns === undefined ? {} : { dns }),
    };
}

/** Whoever may not read endpoints may still see the rest. */
function unlessForbidden(error: unknown): undefined {
    if (!(error instanceof ObservationError) || error.status !== 403) throw error;
}

const DNS_PORT = 53;

const slice = z.object({
    endpoints: z.array(z.object({ conditions: z.object({ ready: z.boolean().optional() }).optional() })).nullish(),
});

/** DNS by what is behind its Services: its pods' names, labels and namespaces differ from vendor to vendor. */
async function dnsOf(kubernetes: KubernetesView): Promise<ReadyState["dns"]> {
    const services = (await kubernetes.services()).filter(
        ({ metadata, spec }) =>
            /^(kube-|openshift-dns)/.test(metadata?.namespace ?? "") &&
            spec?.ports?.some(({ port, protocol }) => port === DNS_PORT && protocol === "UDP"),
    );
    const [first] = services;
    if (first === undefined) return undefined;
    const names = services.map(({ metadata }) => metadata?.name ?? "");
    const [slices, pods] = await Promise.all([
        kubernetes.objects(
            "discovery.k8s.io",
            "v1",
            "endpointslices",
            slice,
            `kubernetes.io/service-name in (${names.join(",")})`,
        ),
        kubernetes.pods(selectorOf(first) ?? "k8s-app=kube-dns"),
    ]);
    // Kubernetes leaves the condition out where it does not know better.
    const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter((each) => each.conditions?.ready !== false);
    // Some clouds resolve names outside of pods and keep the Service: https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns
    return ready.length === 0 && pods.length === 0 ? undefined : { service: qualifiedName(first), ready: ready.length };
}

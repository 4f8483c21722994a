import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import type { KubernetesView } from "../../observe/kubernetes";
import { isReady } from "../../observe/objects";

export interface ReadyState {
    readonly version: string;
    readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
    /** Ready pods of the cluster's DNS. */
    readonly dns: number;
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
            const seen = `${cluster}: Kubernetes ${version}, ${nodes.length - waiting.length} of ${nodes.length} nodes Ready, ${dns} DNS pods Ready`;
            if (nodes.length === 0 || waiting.length > 0) {
                return {
                    seen,
                    cause: `Nodes of ${cluster} are not Ready: ${waiting.join(", ") || "there are none"}.`,
                    fix: `\`kubectl describe node\` in ${cluster} names the condition.`,
                };
            }
            return dns > 0
                ? { seen }
                : {
                      seen,
                      cause: `No DNS pod of ${cluster} is Ready, so names do not resolve in it.`,
                      fix: `\`kubectl -n kube-system get pods -l k8s-app=kube-dns\` in ${cluster}.`,
                  };
        }),
});

async function state(kubernetes: KubernetesView): Promise<ReadyState> {
    const [version, nodes, dns] = await Promise.all([
        kubernetes.serverVersion(),
        kubernetes.nodes(),
        kubernetes.runningPods("k8s-app=kube-dns", "kube-system"),
    ]);
    return {
        version,
        nodes: nodes.map((node) => ({ name: node.metadata?.name ?? "", ready: isReady(node) })),
        dns: dns.filter(isReady).length,
    };
}

import type { V1Pod } from "@kubernetes/client-node";
import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { hasReadyProxy } from "../../observe/istio";
import type { KubernetesView } from "../../observe/kubernetes";
import { qualifiedName } from "../../observe/objects";

export interface Injection {
    readonly cluster: string;
    /** `namespace/pod` of running pods that are to be injected, by whether they have a proxy that is ready. */
    readonly injected: readonly string[];
    readonly without: readonly string[];
}

export const sidecarsInjected = defineCheck<readonly Injection[]>({
    id: "sidecars-injected",
    group: "data plane",
    proves: "Every running pod that its labels or its namespace's say to inject has a sidecar that is ready",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const pods = await podsToInject(kubernetes);
            const named = (ready: boolean): string[] =>
                pods.filter((pod) => hasReadyProxy(pod) === ready).map(qualifiedName);
            return { injected: named(true), without: named(false) };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, injected, without }) => {
            const seen = `${cluster}: ${injected.length} of ${injected.length + without.length} pods have a ready sidecar`;
            return without.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `Pods of ${cluster} have no ready sidecar: ${without.join(", ")}. They cannot reach other networks, nor be reached from them.`,
                      fix: `Restart them: labels apply only to pods made after them. If that does not help, the revision or tag in label istio.io/rev has no webhook: \`istioctl tag list\`.`,
                  };
        }),
});

/** Running pods that are to have a sidecar. */
async function podsToInject(kubernetes: KubernetesView): Promise<V1Pod[]> {
    const [labels, byLabel, byRevision] = await Promise.all([
        kubernetes.namespaceLabels(),
        kubernetes.runningPods("sidecar.istio.io/inject=true"),
        kubernetes.runningPods("istio.io/rev"),
    ]);
    const namespaces = Object.keys(labels).filter((name) => isToBeInjected(labels[name], undefined));
    const inNamespaces = await Promise.all(namespaces.map((each) => kubernetes.runningPods("", each)));
    const all = [...inNamespaces.flat(), ...byLabel, ...byRevision];
    const once = new Map(all.map((pod) => [qualifiedName(pod), pod]));
    return [...once.values()].filter((pod) => isToBeInjected(labels[pod.metadata?.namespace ?? ""], pod));
}

/** As the webhooks of istiod decide: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy */
export function isToBeInjected(
    namespace: Readonly<Record<string, string>> = {},
    pod: Pick<V1Pod, "metadata" | "spec"> | undefined,
): boolean {
    const labels = pod?.metadata?.labels ?? {};
    const asked = labels["sidecar.istio.io/inject"] ?? pod?.metadata?.annotations?.["sidecar.istio.io/inject"];
    // On its node's network a pod cannot have one.
    if (namespace["istio-injection"] === "disabled" || asked === "false" || pod?.spec?.hostNetwork === true) {
        return false;
    }
    const isEnabled = namespace["istio-injection"] === "enabled" || "istio.io/rev" in namespace;
    return isEnabled || labels["sidecar.istio.io/inject"] === "true" || "istio.io/rev" in labels;
}

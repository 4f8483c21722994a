import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { hasReadyProxy } from "../../observe/istio";
import { qualifiedName } from "../../observe/objects";

export interface Injection {
    readonly cluster: string;
    /** `namespace/pod` of running pods in namespaces with injection, by whether they have a proxy that is ready. */
    readonly injected: readonly string[];
    readonly without: readonly string[];
}

export const sidecarsInjected = defineCheck<readonly Injection[]>({
    id: "sidecars-injected",
    group: "data plane",
    proves: "Every running pod of a namespace with injection has a sidecar that is ready",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const namespaces = await kubernetes.namespaces("istio-injection=enabled");
            const pods = (await Promise.all(namespaces.map((each) => kubernetes.runningPods("", each)))).flat();
            const named = (ready: boolean): string[] =>
                pods
                    .filter(
                        (pod) =>
                            hasReadyProxy(pod) === ready &&
                            pod.metadata?.labels?.["sidecar.istio.io/inject"] !== "false" &&
                            pod.metadata?.annotations?.["sidecar.istio.io/inject"] !== "false",
                    )
                    .map(qualifiedName);
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
                      fix: `Restart them; the namespace's label istio-injection=enabled applies only to pods made after it.`,
                  };
        }),
});

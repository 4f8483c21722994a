import type { Part } from "../../check";
import type { Workloads } from "../workloads";

export const PROBE_WORKLOADS = {
    id: "probe-workloads",
    group: "data plane",
    proves: "Pods start in every cluster, each with the sidecar that it should have",
} as const;

export function judgeWorkloads(all: readonly Workloads[]): Part[] {
    return all.map(({ cluster, seconds, withoutSidecar, notReady, sidecarNotReady, isUnread }) => {
        if (isUnread === true) {
            return {
                seen: `${cluster}: discoverySelectors do not select the probe's namespace`,
                cause: `discoverySelectors of ${cluster} have expressions that no label of the probe's namespace meets, so istiod would give its pods nothing.`,
                fix: `Add a selector with matchLabels to discoverySelectors of ${cluster}: the probe takes its labels on.`,
            };
        }
        if (withoutSidecar.length > 0) {
            return {
                seen: `${cluster}: no sidecar in ${withoutSidecar.join(", ")}`,
                cause: `istiod of ${cluster} does not inject sidecars into a namespace that asks for them.`,
                fix: `\`kubectl get mutatingwebhookconfigurations\` in ${cluster}: does istio-sidecar-injector have a caBundle and select the namespace's label?`,
            };
        }
        if (notReady.length === 0) {
            return { seen: `${cluster}: ready after ${seconds.toFixed(1)} s` };
        }
        const seen = `${cluster}: not ready after ${seconds.toFixed(0)} s: ${notReady.join("; ")}`;
        return sidecarNotReady
            ? {
                  seen,
                  cause: `A sidecar in ${cluster} gets no certificate or no configuration from its istiod.`,
                  fix: `\`kubectl -n istio-system logs deploy/istiod\` in ${cluster} names the reason: often a cluster name or a root that differ.`,
              }
            : {
                  seen,
                  cause: `The nodes of ${cluster} did not start the probe's pods in time.`,
                  fix: `\`kubectl describe node\` in ${cluster}: is there room for three small pods?`,
              };
    });
}

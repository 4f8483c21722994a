import { defineCheck } from "../../check";
import { primaryOf, servedBy } from "../../mesh";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { ISTIOD_LABEL } from "../../observe/istio";
import { isReady } from "../../observe/objects";

export interface ControlPlanePods {
    readonly cluster: string;
    /** Names of istiod's pods, by whether they are ready. */
    readonly ready: readonly string[];
    readonly notReady: readonly string[];
    readonly namespace: string;
    /** Namespaces with further control planes, which serve fewer proxies and are not judged. */
    readonly others: readonly string[];
}

export const istiodReady = defineCheck<readonly ControlPlanePods[]>({
    id: "istiod-ready",
    group: "control plane",
    proves: "Each cluster runs a control plane, or is served by another cluster's, and every replica is ready",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const { namespace, others } = await controlPlaneOf(kubernetes);
            const pods = (await kubernetes.pods(ISTIOD_LABEL)).filter(
                ({ metadata, status }) =>
                    metadata?.namespace === namespace &&
                    metadata.deletionTimestamp === undefined &&
                    // What was evicted or has ended is only a record.
                    !["Succeeded", "Failed"].includes(status?.phase ?? ""),
            );
            const named = (ready: boolean): string[] =>
                pods.filter((pod) => isReady(pod) === ready).map(({ metadata }) => metadata?.name ?? "");
            return { namespace, others, ready: named(true), notReady: named(false) };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, ready, notReady, namespace, others }) => {
            const elsewhere = servedBy(mesh, cluster);
            if (elsewhere !== undefined) return { seen: `${cluster}: ${elsewhere}` };
            const beside = others.length === 0 ? "" : `; not judged: another in ${others.join(", ")}`;
            const seen = `${cluster}: ${ready.length} of ${ready.length + notReady.length} istiod replicas ready in ${namespace}${beside}`;
            if (notReady.length > 0) {
                return {
                    seen,
                    cause: `istiod of ${cluster} does not start or does not answer: ${notReady.join(", ")}.`,
                    fix: `\`kubectl -n ${namespace} describe pod -l app=istiod\` in ${cluster}, then the log: an expired or incomplete Secret cacerts keeps it from starting.`,
                };
            }
            const served = mesh.clusters.filter(({ name }) => primaryOf(mesh, name)?.name === cluster);
            const alsoThere =
                served.length === 0
                    ? ""
                    : ` It serves ${served.map(({ name }) => name).join(", ")} as well, where no new pod starts.`;
            return ready.length > 0
                ? { seen }
                : {
                      seen,
                      cause: `${cluster} has no control plane: its proxies keep what they have, and get no new certificates.${alsoThere}`,
                      fix: `Scale the Deployment of istiod in ${cluster} up, or install it.`,
                  };
        }),
});

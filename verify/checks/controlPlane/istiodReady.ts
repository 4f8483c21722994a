import { defineCheck } from "../../check";
import { istiodHome, primaryOf, servedBy } from "../../mesh";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { endpointAddresses } from "../../observe/endpointSlices";
import { ISTIOD_LABEL } from "../../observe/istio";
import { isReady } from "../../observe/objects";

export interface ControlPlanePods {
    readonly cluster: string;
    /** Names of istiod's pods, by whether they are ready. */
    readonly ready: readonly string[];
    readonly notReady: readonly string[];
    readonly namespace: string;
    /** Addresses of pods that Kubernetes still counts to Service `istiod`, where that leads to another cluster's. */
    readonly former?: readonly string[];
    /** Namespaces with further control planes, which serve fewer proxies and are not judged. */
    readonly others: readonly string[];
}

/** What Kubernetes writes for a Service that selects pods, and leaves where it no longer does. */
const FORMER =
    "kubernetes.io/service-name=istiod,endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io";

export const istiodReady = defineCheck<readonly ControlPlanePods[]>({
    id: "istiod-ready",
    group: "control plane",
    proves: "Each cluster runs a control plane, or is served by another cluster's, and every replica is ready",
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { primary, external }) => {
            const { namespace, others } = await controlPlaneOf(kubernetes);
            const isOutside = primary !== undefined || external !== undefined;
            const former = isOutside ? { former: await endpointAddresses(kubernetes, namespace, FORMER) } : {};
            const pods = (await kubernetes.istiod.pods(ISTIOD_LABEL)).filter(
                ({ metadata, status }) =>
                    metadata?.namespace === namespace &&
                    metadata.deletionTimestamp === undefined &&
                    // What was evicted or has ended is only a record.
                    !["Succeeded", "Failed"].includes(status?.phase ?? ""),
            );
            const named = (ready: boolean): string[] =>
                pods.filter((pod) => isReady(pod) === ready).map(({ metadata }) => metadata?.name ?? "");
            return { namespace, others, ready: named(true), notReady: named(false), ...former };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, ready, notReady, namespace, others, former = [] }) => {
            const elsewhere = servedBy(mesh, cluster);
            const home = istiodHome(mesh, cluster);
            if (former.length > 0) {
                return {
                    seen: `${cluster}: ${elsewhere ?? `its istiod runs in ${home}`}; Service istiod also has ${former.join(", ")}`,
                    cause: `${cluster} had an istiod of its own, whose addresses stayed when its Service lost its selector: some proxies and webhooks dial nobody.`,
                    fix: `\`kubectl -n ${namespace} delete endpoints istiod\` and \`kubectl -n ${namespace} delete endpointslices -l ${FORMER}\` in ${cluster}.`,
                };
            }
            if (elsewhere !== undefined) return { seen: `${cluster}: ${elsewhere}` };
            const beside = others.length === 0 ? "" : `; not judged: another in ${others.join(", ")}`;
            const where = home === cluster ? namespace : `${namespace} of ${home}`;
            const seen = `${cluster}: ${ready.length} of ${ready.length + notReady.length} istiod replicas ready in ${where}${beside}`;
            if (notReady.length > 0) {
                return {
                    seen,
                    cause: `istiod of ${cluster} does not start or does not answer: ${notReady.join(", ")}.`,
                    fix: `\`kubectl -n ${namespace} describe pod -l app=istiod\` in ${home}, then the log: an expired or incomplete Secret cacerts keeps it from starting${home === cluster ? "" : `, as do credentials in Secret istio-kubeconfig that ${cluster} does not accept`}.`,
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
                      fix: `Scale the Deployment of istiod in ${home} up, or install it.`,
                  };
        }),
});

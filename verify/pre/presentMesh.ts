import { ISTIO_VERSION } from "../../shared/versions";
import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { workloadCertificates } from "../observe/envoy";
import { domainOf } from "../observe/envoyAnswers";
import { identityOf } from "../observe/identity";
import { imageTag, ISTIOD_CONTAINER, ISTIOD_LABEL, minorOf, MOST_SKEW, SYSTEM_NAMESPACE } from "../observe/istio";

export interface Present {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    readonly meshId: string | undefined;
    readonly trustDomain: string | undefined;
    /** Tag of istiod's image. */
    readonly version: string | undefined;
}

export const presentMesh = defineCheck<readonly Present[]>({
    id: "present-mesh",
    group: "control plane",
    proves: `Any Istio that already runs belongs to this mesh, and is at most one minor release from ${ISTIO_VERSION}`,
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [{ clusterName, meshId }, workload, [istiod]] = await Promise.all([
                identityOf(kubernetes),
                workloadCertificates(kubernetes),
                kubernetes.runningPods(ISTIOD_LABEL, SYSTEM_NAMESPACE),
            ]);
            const version = istiod && imageTag(istiod, ISTIOD_CONTAINER);
            return { clusterName, meshId, trustDomain: workload && domainOf(workload), version };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, clusterName, meshId, trustDomain, version = "unknown" }) => {
            if (clusterName === undefined) {
                return { seen: `${cluster}: no istiod` };
            }
            const declared = mesh.clusters.find(({ name }) => name === cluster)?.clusterName;
            const seen = `${cluster}: istiod ${version} of ${clusterName} in mesh ${meshId ?? "without an id"}, trust domain ${trustDomain ?? "unknown"}`;
            const compared: [string, string | undefined, string | undefined][] = [
                ["cluster name", clusterName, declared],
                ["mesh id", meshId, mesh.meshId],
                ["trust domain", trustDomain ?? mesh.trustDomain, mesh.trustDomain],
            ];
            const foreign = compared.find(([, found, wanted]) => wanted !== undefined && found !== wanted);
            if (foreign !== undefined) {
                return {
                    seen,
                    cause: `Istio in ${cluster} belongs to another mesh: its ${foreign[0]} is ${foreign[1] ?? "not set"}, not ${foreign[2] ?? "set"}. An up would take it over, and break that mesh.`,
                    fix: `Remove that Istio from ${cluster}, or use its names of cluster and mesh in the configuration.`,
                };
            }
            const skew = minorOf(ISTIO_VERSION) - minorOf(version);
            return Math.abs(skew) > MOST_SKEW
                ? {
                      seen,
                      cause: `Istio in ${cluster} is ${version}, ${Math.abs(skew)} minor releases ${skew > 0 ? "behind" : "ahead of"} the ${ISTIO_VERSION} that an up installs.`,
                      fix: `Upgrade or downgrade one minor release at a time: https://istio.io/latest/docs/setup/upgrade/`,
                  }
                : { seen };
        }),
});

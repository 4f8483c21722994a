import { ISTIO_VERSION, MOST_SKEW } from "../../components/versions";
import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { workloadCertificates } from "../observe/envoy";
import { domainOf } from "../observe/envoyAnswers";
import { identityOf } from "../observe/identity";
import { controlPlaneOf } from "../observe/controlPlane";
import { imageTag, ISTIOD_CONTAINER, minorOf, SYSTEM_NAMESPACE } from "../observe/istio";

export interface Present {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    readonly meshId: string | undefined;
    readonly trustDomain: string | undefined;
    /** Tag of istiod's image. */
    readonly version: string | undefined;
    /** Namespaces other than `istio-system` that an istiod runs in. */
    readonly elsewhere: readonly string[];
}

export const presentMesh = defineCheck<readonly Present[]>({
    id: "present-mesh",
    group: "control plane",
    proves: `Any Istio that already runs belongs to this mesh, and is at most one minor release from ${ISTIO_VERSION}`,
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [{ clusterName, meshId, namespace }, workload, { pods, others }] = await Promise.all([
                identityOf(kubernetes),
                workloadCertificates(kubernetes),
                controlPlaneOf(kubernetes),
            ]);
            const version = pods[0] && imageTag(pods[0], ISTIOD_CONTAINER);
            const trustDomain = workload && domainOf(workload);
            const elsewhere = [namespace, ...others].filter((each) => each !== SYSTEM_NAMESPACE);
            return { clusterName, meshId, trustDomain, version, elsewhere };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, clusterName, meshId, trustDomain, version = "unknown", elsewhere }) => {
            if (elsewhere.length > 0) {
                return {
                    seen: `${cluster}: istiod runs in ${elsewhere.join(", ")}`,
                    cause: `Istio runs already in ${cluster}, in ${elsewhere.join(", ")}. An up would install a second one beside it, and both would fight over CRDs and webhooks.`,
                    fix: `Leave ${cluster} out, or have its workloads leave that Istio before it is removed. \`mesh verify --contexts\` judges a mesh as it is.`,
                };
            }
            if (clusterName === undefined) {
                return { seen: `${cluster}: no istiod` };
            }
            const declared = mesh.clusters.find(({ name }) => name === cluster);
            const seen = `${cluster}: istiod ${version} of ${clusterName} in mesh ${meshId ?? "without an id"}, trust domain ${trustDomain ?? "unknown"}`;
            const compared: [string, string | undefined, string | undefined][] = [
                ["cluster name", clusterName, declared?.clusterName],
                // An istiod outside of its mesh has that in the cluster that it serves.
                ["mesh id", meshId, declared?.isOutside === true ? undefined : mesh.meshId],
                ["trust domain", trustDomain ?? mesh.trustDomain, mesh.trustDomain],
            ];
            const foreign = compared.find(([, found, wanted]) => wanted !== undefined && found !== wanted);
            if (foreign !== undefined) {
                return {
                    seen,
                    cause: `Istio in ${cluster} belongs to another mesh: its ${foreign[0]} is ${foreign[1] ?? "not set"}, not ${foreign[2] ?? "set"}. An up would take it over, and break that mesh.`,
                    fix: `Use its names of cluster and mesh in the configuration, or another cluster: its workloads need that Istio.`,
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

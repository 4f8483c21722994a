import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { workloadCertificates } from "../observe/envoy";
import { domainOf } from "../observe/envoyAnswers";
import { identityOf } from "../observe/identity";

export interface Present {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    readonly meshId: string | undefined;
    readonly trustDomain: string | undefined;
}

export const presentMesh = defineCheck<readonly Present[]>({
    id: "present-mesh",
    group: "control plane",
    proves: "Where Istio runs already, it is of this mesh",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [{ clusterName, meshId }, workload] = await Promise.all([
                identityOf(kubernetes),
                workloadCertificates(kubernetes),
            ]);
            return { clusterName, meshId, trustDomain: workload && domainOf(workload) };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, clusterName, meshId, trustDomain }) => {
            if (clusterName === undefined) {
                return { seen: `${cluster}: no istiod` };
            }
            const declared = mesh.clusters.find(({ name }) => name === cluster)?.clusterName;
            const seen = `${cluster}: istiod of ${clusterName} in mesh ${meshId ?? "without an id"}, trust domain ${trustDomain ?? "unknown"}`;
            const compared: [string, string | undefined, string | undefined][] = [
                ["cluster name", clusterName, declared],
                ["mesh id", meshId, mesh.meshId],
                ["trust domain", trustDomain ?? mesh.trustDomain, mesh.trustDomain],
            ];
            const foreign = compared.find(([, found, wanted]) => wanted !== undefined && found !== wanted);
            return foreign === undefined
                ? { seen }
                : {
                      seen,
                      cause: `Istio in ${cluster} is of another mesh: its ${foreign[0]} is ${foreign[1] ?? "not set"}, not ${foreign[2] ?? "set"}. An up would take it over, and break that mesh.`,
                      fix: `Remove that Istio from ${cluster}, or name the cluster and the mesh as it does.`,
                  };
        }),
});

import { defineCheck } from "../check";
import type { WorkloadCertificates } from "../observe/istio";
import { observeTrust, withoutProxy, type ClusterTrust } from "./workloads";

export const trustDomain = defineCheck<readonly ClusterTrust[]>({
    id: "trust-domain",
    group: "trust",
    proves: "Workloads of every cluster have identities in the mesh's trust domain",
    observe: observeTrust,
    judge: (trusts, { trustDomain: declared }) => {
        const domains = trusts.map(({ workload }) => workload && domainOf(workload));
        const expected = declared ?? domains.find((domain) => domain !== undefined);
        return trusts.map(({ cluster, workload }) => {
            if (workload === undefined) {
                return withoutProxy(cluster);
            }
            const domain = domainOf(workload);
            const seen = `${cluster}: ${workload.pod} is ${workload.chain[0]?.subjectAltName ?? "without a certificate"}`;
            return domain === expected
                ? { seen }
                : {
                      seen,
                      cause: `Workloads of ${cluster} are in the trust domain ${domain ?? "of nobody"}, not ${expected ?? "of the others"}: other clusters do not accept them.`,
                      fix: `Set meshConfig.trustDomain of istiod in ${cluster}, then restart istiod and the workloads there.`,
                  };
        });
    },
});

/** `cluster.local` of `URI:spiffe://cluster.local/ns/…`. */
export function domainOf({ chain }: WorkloadCertificates): string | undefined {
    return /spiffe:\/\/([^/]+)\//.exec(chain[0]?.subjectAltName ?? "")?.[1];
}

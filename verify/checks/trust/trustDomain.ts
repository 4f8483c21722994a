import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { domainOf } from "../../observe/envoyAnswers";
import { meshConfigOf } from "../../observe/meshConfig";
import { observeTrust, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";

export interface Domain extends ClusterTrust {
    /** Other trust domains whose workloads this cluster takes for its own. */
    readonly aliases: readonly string[];
}

export const trustDomain = defineCheck<readonly Domain[]>({
    id: "trust-domain",
    group: "trust",
    proves: "Workloads of every cluster have identities in the mesh's trust domain, or in one that all others accept as an alias",
    observe: async (view) => {
        const [trusts, configs] = await Promise.all([observeTrust(view), inEachCluster(view, meshConfigOf)]);
        return trusts.map((trust, index) => ({ ...trust, aliases: configs[index]?.trustDomainAliases ?? [] }));
    },
    judge: (all, { trustDomain: declared }) =>
        all.map(({ cluster, workload }) => {
            if (workload === undefined) {
                return withoutProxy(cluster);
            }
            const domain = domainOf(workload);
            const seen = `${cluster}: ${workload.pod} is ${workload.chain[0]?.subjectAltName ?? "without a certificate"}`;
            const strangers = all.filter(
                (other) =>
                    other.workload && domainOf(other.workload) !== domain && !other.aliases.includes(domain ?? ""),
            );
            const expected = declared ?? (strangers[0]?.workload && domainOf(strangers[0].workload)) ?? domain;
            return domain !== undefined && domain === expected
                ? { seen }
                : {
                      seen,
                      cause: `Workloads of ${cluster} are in the trust domain ${domain ?? "of nobody"}, not ${expected ?? "of the others"}: other clusters do not accept them.`,
                      fix: `Set meshConfig.trustDomain of istiod in ${cluster}, then restart istiod and the workloads there.`,
                  };
        }),
});

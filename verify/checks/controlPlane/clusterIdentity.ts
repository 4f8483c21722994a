import { defineCheck, type Part } from "../../check";
import type { Mesh } from "../../mesh";
import { inEachCluster } from "../../observe";
import { type Identity, identityOf } from "../../observe/identity";

export const clusterIdentity = defineCheck<readonly Identity[]>({
    id: "cluster-identity",
    group: "control plane",
    proves: "Control plane, network label and proxies of each cluster agree on its identity; names are unique, and Services have one domain",
    observe: (view) => inEachCluster(view, identityOf),
    judge: (identities, mesh) => identities.map((identity) => judgeCluster(identity, identities, mesh)),
});

function judgeCluster(identity: Identity, all: readonly Identity[], mesh: Mesh): Part {
    const { cluster, clusterName, primary, network, meshId, domain, strangers, proxies } = identity;
    const declared = mesh.clusters.find(({ name }) => name === cluster);
    const who = primary === undefined ? "istiod" : "the injector";
    const services = primary === undefined ? `, Services in ${domain ?? "no domain"}` : "";
    const seen = `${cluster}: ${who} is of ${clusterName ?? "no cluster"} in mesh ${meshId ?? "without an id"}, istio-system on ${network ?? "no network"}${services}, ${proxies - strangers.length} of ${proxies} proxies agree`;
    const wrong = (what: string, found: string | undefined, wanted: string | undefined, where: string) => ({
        seen,
        cause: `The ${what} of ${cluster} is ${found ?? "not set"}, not ${wanted ?? "set"}.`,
        fix: `Set ${where} in ${cluster}, then restart istiod and the workloads there.`,
    });
    if (clusterName === undefined || clusterName !== declared?.clusterName) {
        return wrong("cluster name", clusterName, declared?.clusterName, "global.multiCluster.clusterName of istiod");
    }
    // A mesh whose clusters are all on one network need not name it.
    if ((network ?? "") !== declared.network || (network === undefined && all.some((other) => other.network))) {
        return wrong("network", network, declared.network, "label topology.istio.io/network of istio-system");
    }
    const meshIds = mesh.meshId === undefined ? all.map((other) => other.meshId) : [mesh.meshId];
    const foreign = meshIds.find((other) => other !== meshId);
    if (foreign !== undefined) {
        return wrong("mesh id", meshId, foreign, "global.meshID of istiod");
    }
    const named = all.find((other) => other.domain !== undefined && other.domain !== domain);
    if (named !== undefined && primary === undefined) {
        return wrong(
            "cluster domain",
            domain,
            named.domain,
            "global.proxy.clusterDomain of istiod, as kubelet has it,",
        );
    }
    const twin = all.find((other) => other !== identity && other.clusterName === clusterName);
    if (twin !== undefined) {
        return {
            seen,
            cause: `${cluster} and ${twin.cluster} have the same name: istiod keeps only one of two clusters with one name.`,
            fix: `Give each cluster its own name (global.multiCluster.clusterName).`,
        };
    }
    return strangers.length === 0
        ? { seen }
        : {
              seen,
              cause: `Proxies of ${cluster} were injected with another cluster or network: ${strangers.join("; ")}. istiod refuses them.`,
              fix: `Restart these workloads; for gateways, compare networkGateway and global.network of their charts.`,
          };
}

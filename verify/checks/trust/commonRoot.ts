import { X509Certificate } from "node:crypto";
import { defineCheck } from "../../check";
import { observeTrust, short, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";

export const commonRoot = defineCheck<readonly ClusterTrust[]>({
    id: "common-root",
    group: "trust",
    proves: "Workloads of every cluster trust the same root",
    observe: observeTrust,
    judge: (trusts, { rootCertificate }) => {
        const reference =
            rootCertificate === undefined
                ? fingerprints(trusts.find(({ workload }) => workload !== undefined))
                : [new X509Certificate(rootCertificate).fingerprint256];
        return trusts.map((trust) => {
            const { cluster, workload } = trust;
            if (workload === undefined) {
                return withoutProxy(cluster);
            }
            const own = fingerprints(trust);
            const seen = `${cluster}: ${workload.pod} trusts ${own.map(short).join(", ") || "no root"}`;
            if (own.length === 0) {
                return {
                    seen,
                    cause: `The proxy in ${cluster} has not received a root from its istiod.`,
                    fix: `\`istioctl proxy-status\` in ${cluster} shows whether the proxy is connected.`,
                };
            }
            return own.join() === reference.join()
                ? { seen }
                : {
                      seen,
                      cause: `The root certificate in Secret istio-system/cacerts of ${cluster} is a different one, or that Secret was made after istiod started with its own root.`,
                      fix: `Issue the intermediate of ${cluster} from the common root, then restart istiod and the workloads there.`,
                  };
        });
    },
});

function fingerprints(trust: ClusterTrust | undefined): string[] {
    return (trust?.workload?.roots ?? []).map(({ fingerprint256 }) => fingerprint256).sort();
}

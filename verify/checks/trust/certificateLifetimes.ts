import type { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import { SYSTEM_NAMESPACE } from "../../observe/istio";
import { certificatesOf } from "../../observe/pem";
import type { KubernetesView } from "../../observe/kubernetes";
import { observeTrust, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";

const DAY = 86_400_000;

/** Fewer days left than these need an `up` now: a root is renewed in all clusters, an intermediate in one. */
const LEAST_DAYS = { root: 90, intermediate: 30 } as const;

export interface Lifetimes {
    readonly trusts: readonly (ClusterTrust & {
        /** The intermediate in Secret cacerts, which istiod takes with its next start; absent without one. */
        readonly stored?: X509Certificate;
    })[];
    readonly now: Date;
}

export const certificateLifetimes = defineCheck<Lifetimes>({
    id: "certificate-lifetimes",
    group: "trust",
    proves: "No certificate that workloads use has expired, and no root or intermediate expires soon",
    observe: async (view) => {
        const [trusts, stored] = await Promise.all([observeTrust(view), inEachCluster(view, storedIntermediate)]);
        return { trusts: trusts.map((trust, index) => ({ ...trust, ...stored[index] })), now: new Date() };
    },
    judge: ({ trusts, now }) => trusts.map((trust) => judgeCluster(trust, now)),
});

async function storedIntermediate(kubernetes: KubernetesView): Promise<{ readonly stored?: X509Certificate }> {
    const secret = await kubernetes.secret(SYSTEM_NAMESPACE, "cacerts");
    const pem = Buffer.from(secret?.data?.["ca-cert.pem"] ?? "", "base64").toString("utf8");
    const [stored] = certificatesOf(pem);
    return stored === undefined ? {} : { stored };
}

function judgeCluster({ cluster, workload, stored }: Lifetimes["trusts"][number], now: Date): Part {
    if (workload === undefined) {
        return withoutProxy(cluster);
    }
    const [leaf, intermediate] = workload.chain;
    const days = {
        root: Math.min(...workload.roots.map((root) => daysLeft(root, now))),
        intermediate: daysLeft(intermediate, now),
    };
    const hours = daysLeft(leaf, now) * 24;
    const seen = `${cluster}: root ${days.root.toFixed(0)} days, intermediate ${days.intermediate.toFixed(0)} days, ${workload.pod} ${hours.toFixed(0)} h left`;
    for (const authority of ["root", "intermediate"] as const) {
        if (!(days[authority] >= LEAST_DAYS[authority])) {
            return {
                seen,
                cause: `The ${authority} of ${cluster} ${days[authority] > 0 ? `expires in less than ${LEAST_DAYS[authority]} days` : "has expired"}.`,
                fix: `Run \`up\`: within the renewal window it signs a new one. istiod takes it without a restart.`,
            };
        }
    }
    if (stored !== undefined && !(daysLeft(stored, now) > 0)) {
        return {
            seen,
            cause: `The intermediate in Secret cacerts of ${cluster} has expired: istiod still uses the one it has loaded, but would not start again.`,
            fix: `Run \`up\`, which signs a new one, before istiod of ${cluster} restarts.`,
        };
    }
    return hours > 0
        ? { seen }
        : {
              seen,
              cause: `The certificate of ${workload.pod} in ${cluster} has expired: its proxy could not renew it.`,
              fix: `\`istioctl proxy-status\` in ${cluster} shows whether the proxy reaches istiod.`,
          };
}

/** NaN for no certificate. */
function daysLeft(certificate: X509Certificate | undefined, now: Date): number {
    return (Date.parse(certificate?.validTo ?? "") - now.getTime()) / DAY;
}

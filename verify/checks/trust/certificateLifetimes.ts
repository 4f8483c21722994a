import type { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import { cacertsOf } from "../../observe/cacerts";
import { certificatesOf } from "../../observe/pem";
import type { KubernetesView } from "../../observe/kubernetes";
import { observeTrust, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";
import { oneLine } from "../../../shared/pem";
import { isSelfSigned } from "./chain";

const DAY = 86_400_000;

/**
 * Fewer days left than these are few, where they are few of the certificate's own life, too: some are made for days. A root is renewed
 * in all clusters, an intermediate in one.
 */
const LEAST_DAYS = { root: 90, intermediate: 30 } as const;
/** What is renewed in time is renewed before so much of its life is left: https://cert-manager.io/docs/usage/certificate/#renewal */
const LEAST_SHARE = 1 / 3;
/** And this is the last moment. */
const LAST_SHARE = 1 / 10;

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
    const cacerts = await cacertsOf(kubernetes);
    const [stored] = certificatesOf(cacerts?.certificate ?? "");
    return stored === undefined ? {} : { stored };
}

function judgeCluster({ cluster, workload, stored }: Lifetimes["trusts"][number], now: Date): Part {
    if (workload === undefined) {
        return withoutProxy(cluster);
    }
    const [leaf, ...issuers] = workload.chain;
    // An external CA may sign with the root itself.
    const authorities = [
        ...workload.roots.map((root) => authority("root", root, now)),
        ...issuers
            .filter((issuer) => !isSelfSigned(issuer))
            .map((issuer, index, all) =>
                index === 0
                    ? authority("intermediate", issuer, now)
                    : authority(
                          `authority above the intermediate (${oneLine(issuer.subject)})`,
                          issuer,
                          now,
                          all[index - 1],
                      ),
            ),
    ];
    const hours = daysLeft(leaf, now) * 24;
    const list = authorities.map(({ name, days }) => `${name} ${days.toFixed(0)} days`).join(", ");
    const seen = `${cluster}: ${list}, ${workload.pod} ${hours.toFixed(0)} h left`;
    const ending =
        authorities.find(({ state }) => state === "late") ?? authorities.find(({ state }) => state === "due");
    if (ending !== undefined) {
        const { name, days, life, state } = ending;
        return {
            seen,
            cause: `The ${name} of ${cluster} ${days > 0 ? `ends in ${days.toFixed(1)} days, of ${life.toFixed(0)}` : "has expired"}.`,
            fix: name.startsWith("authority")
                ? `Have it renewed by whoever runs it, and put the new certificate into cert-chain.pem of ${cluster}.`
                : name === "root"
                  ? `Run \`mesh rotate root\`, which replaces it with no request lost.`
                  : `Run \`up\`: within the renewal window it signs a new one. istiod takes it without a restart.`,
            ...(state === "due" && { warns: true }),
        };
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

interface Judged {
    readonly name: string;
    /** Until it ends, and from its beginning until then. */
    readonly days: number;
    readonly life: number;
    readonly state: "good" | "due" | "late";
}

/** @param signed The authority below, which is of no use once this one has ended. */
function authority(name: string, certificate: X509Certificate, now: Date, signed?: X509Certificate): Judged {
    const days = daysLeft(certificate, now);
    const life = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / DAY;
    const least = name === "root" ? LEAST_DAYS.root : LEAST_DAYS.intermediate;
    const outlived = signed !== undefined && daysLeft(signed, now) > days;
    const isLate = !(days > 0) || (days < least && (days < life * LAST_SHARE || outlived));
    const state = isLate ? "late" : days < least && days < life * LEAST_SHARE ? "due" : "good";
    return { name, days, life, state };
}

/** NaN for no certificate. */
function daysLeft(certificate: X509Certificate | undefined, now: Date): number {
    return (Date.parse(certificate?.validTo ?? "") - now.getTime()) / DAY;
}

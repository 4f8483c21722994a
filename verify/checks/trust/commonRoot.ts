import { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import { oldestWorkloads, type WorkloadCertificates } from "../../observe/envoy";
import { givenRoots, short, withoutProxy } from "../dataPlane/workloads";

export interface TrustedRoots {
    readonly cluster: string;
    /** Those that are most likely to be behind; none where no pod has a ready proxy. */
    readonly workloads: readonly Pick<WorkloadCertificates, "pod" | "roots">[];
    /** Fingerprints of the roots that a namespace gives to new workloads. */
    readonly given: Readonly<Record<string, readonly string[]>>;
}

export const commonRoot = defineCheck<readonly TrustedRoots[]>({
    id: "common-root",
    group: "trust",
    proves: "Workloads of every cluster trust the same root, which is the one that new workloads get",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [workloads, given] = await Promise.all([oldestWorkloads(kubernetes), givenRoots(kubernetes)]);
            return { workloads, given };
        }),
    judge: (all, { rootCertificate }) => {
        const declared = rootCertificate === undefined ? [] : [new X509Certificate(rootCertificate).fingerprint256];
        // What namespaces give is where all workloads come to.
        const first = all.flatMap(({ workloads, given }) =>
            workloads.flatMap((each) => givenTo(each, given) ?? each.roots.map(fingerprint)),
        );
        const reference = declared.length > 0 ? declared : first.slice(0, 1);
        return all.flatMap(({ cluster, workloads, given }): Part[] =>
            workloads.length === 0
                ? [withoutProxy(cluster)]
                : workloads.map((each) => judgeWorkload(cluster, each, givenTo(each, given), reference)),
        );
    },
});

function judgeWorkload(
    cluster: string,
    { pod, roots }: TrustedRoots["workloads"][number],
    given: readonly string[] | undefined,
    reference: readonly string[],
): Part {
    const own = roots.map(fingerprint).sort();
    const seen = `${cluster}: ${pod} trusts ${own.map(short).join(", ") || "no root"}`;
    if (own.length === 0) {
        return {
            seen,
            cause: `The proxy in ${cluster} has not received a root from its istiod.`,
            fix: `\`istioctl proxy-status\` in ${cluster} shows whether the proxy is connected.`,
        };
    }
    // A root that is being replaced is trusted beside its successor for a while.
    if (given !== undefined && !own.some((root) => given.includes(root))) {
        return {
            seen: `${seen}, its namespace gives ${given.map(short).join(", ")}`,
            cause: `${pod} of ${cluster} still trusts another root than istiod gives to new workloads, which it and others like it refuse.`,
            fix: `Restart the workloads of ${cluster}, its gateways included, so that they get certificates of the new root.`,
        };
    }
    return own.some((root) => reference.includes(root))
        ? { seen }
        : {
              seen,
              cause: `The root certificate in Secret cacerts of ${cluster} is a different one, or that Secret was made after istiod started with its own root.`,
              fix: `Issue the intermediate of ${cluster} from the common root, then restart istiod and the workloads there.`,
          };
}

function givenTo(
    { pod }: TrustedRoots["workloads"][number],
    given: TrustedRoots["given"],
): readonly string[] | undefined {
    return given[pod.split("/")[0] ?? ""];
}

function fingerprint({ fingerprint256 }: X509Certificate): string {
    return fingerprint256;
}

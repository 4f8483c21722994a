import { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { inEachCluster } from "../../observe";
import type { KubernetesView } from "../../observe/kubernetes";
import { SYSTEM_NAMESPACE } from "../../observe/istio";
import { fingerprints } from "../../observe/pem";
import { short } from "../dataPlane/workloads";

/** https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/ */
const FILES = ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"];

export interface StoredTrust {
    readonly cluster: string;
    /** Keys of Secret cacerts; undefined without that Secret. */
    readonly files: readonly string[] | undefined;
    /** Fingerprints of the roots in cacerts. */
    readonly roots: readonly string[];
    /** Fingerprints of the roots that istiod gave to namespaces, by namespace. */
    readonly namespaces: Readonly<Record<string, readonly string[]>>;
}

export const storedRoot = defineCheck<readonly StoredTrust[]>({
    id: "stored-root",
    group: "trust",
    proves: "Secret cacerts has the four files and the mesh's root, and every namespace has that root",
    observe: (view) => inEachCluster(view, storedTrust),
    judge: (trusts, { rootCertificate }) => {
        const declared = rootCertificate === undefined ? trusts[0]?.roots[0] : fingerprint(rootCertificate);
        return trusts.map((trust) => judgeCluster(trust, declared));
    },
});

function judgeCluster({ cluster, files, roots, namespaces }: StoredTrust, declared: string | undefined): Part {
    const strangers = Object.keys(namespaces).filter((name) => namespaces[name]?.join() !== roots.join());
    const count = Object.keys(namespaces).length;
    const seen = `${cluster}: cacerts has ${files?.join(", ") ?? "no Secret"}; root ${roots.map(short).join(", ") || "none"}, the same in ${count - strangers.length} of ${count} namespaces`;
    if (files === undefined) {
        return {
            seen,
            cause: `Secret istio-system/cacerts is missing in ${cluster}: its istiod signs with its own root.`,
            fix: `Make the Secret in ${cluster} before istiod, then restart istiod and the workloads there.`,
        };
    }
    if (files.join() !== FILES.join()) {
        return {
            seen,
            cause: `Secret cacerts of ${cluster} has other files than ${FILES.join(", ")}.`,
            fix: `Make it again with exactly these four; no other key belongs in a cluster.`,
        };
    }
    if (declared !== undefined && !roots.includes(declared)) {
        return {
            seen,
            cause: `Secret cacerts of ${cluster} has another root than the mesh, ${short(declared)}.`,
            fix: `Issue the intermediate of ${cluster} from the mesh's root.`,
        };
    }
    return strangers.length === 0
        ? { seen }
        : {
              seen,
              cause: `Namespaces of ${cluster} have another root than cacerts: ${strangers.join(", ")}. istiod has not loaded the Secret as it is.`,
              fix: `\`kubectl -n istio-system logs deploy/istiod\` in ${cluster}; a changed root needs a restart of istiod.`,
          };
}

async function storedTrust(kubernetes: KubernetesView): Promise<Omit<StoredTrust, "cluster">> {
    const [secret, maps] = await Promise.all([
        kubernetes.secret(SYSTEM_NAMESPACE, "cacerts"),
        kubernetes.configMaps("istio.io/config=true"),
    ]);
    const data = secret?.data;
    const given = maps.filter(({ metadata }) => metadata?.name === "istio-ca-root-cert");
    return {
        files: data && Object.keys(data).sort(),
        roots: fingerprints(Buffer.from(data?.["root-cert.pem"] ?? "", "base64").toString("utf8")),
        namespaces: Object.fromEntries(
            given.map((map) => [map.metadata?.namespace ?? "", fingerprints(map.data?.["root-cert.pem"] ?? "")]),
        ),
    };
}

function fingerprint(pem: string): string {
    return new X509Certificate(pem).fingerprint256;
}

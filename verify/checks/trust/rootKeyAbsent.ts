import { createPublicKey } from "node:crypto";
import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { SYSTEM_NAMESPACE } from "../../observe/istio";
import { certificatesOf } from "../../observe/pem";

export interface StoredKeys {
    readonly cluster: string;
    /** Whether the key in cacerts is the key of a root there; undefined without that Secret. */
    readonly isRootKey: boolean | undefined;
    /** Whether istiod has made a root of its own and keeps its key in Secret istio-ca-secret. */
    readonly hasOwnRoot: boolean;
}

export const rootKeyAbsent = defineCheck<readonly StoredKeys[]>({
    id: "root-key-absent",
    group: "trust",
    proves: "No cluster holds the private key of a root",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [cacerts, own] = await Promise.all([
                kubernetes.secret(SYSTEM_NAMESPACE, "cacerts"),
                kubernetes.secret(SYSTEM_NAMESPACE, "istio-ca-secret"),
            ]);
            const isRootKey = cacerts?.data && holdsRootKey(cacerts.data);
            return { isRootKey, hasOwnRoot: own !== undefined };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, isRootKey, hasOwnRoot }) => {
            const stored =
                isRootKey === undefined
                    ? "no cacerts"
                    : isRootKey
                      ? "the root's key in cacerts"
                      : "an intermediate's key in cacerts";
            const seen = `${cluster}: ${stored}, ${hasOwnRoot ? "its own root in istio-ca-secret" : "no istio-ca-secret"}`;
            if (isRootKey === true) {
                return {
                    seen,
                    cause: `ca-key.pem of ${cluster} is the root's own key: whoever reads that Secret can sign for every cluster.`,
                    fix: `Give ${cluster} an intermediate, and make a new root, since this one's key is exposed.`,
                };
            }
            return hasOwnRoot
                ? {
                      seen,
                      cause: `istiod of ${cluster} has made its own root: it started before Secret cacerts existed.`,
                      fix: `With cacerts in place, delete Secret istio-system/istio-ca-secret, then restart istiod and the workloads of ${cluster}.`,
                  }
                : { seen };
        }),
});

function holdsRootKey(data: Readonly<Record<string, string>>): boolean {
    const text = (name: string): string => Buffer.from(data[name] ?? "", "base64").toString("utf8");
    const key = createPublicKey(text("ca-key.pem"));
    return certificatesOf(text("root-cert.pem")).some(({ publicKey }) => publicKey.equals(key));
}

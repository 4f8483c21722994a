import { createPublicKey } from "node:crypto";
import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { type Cacerts, cacertsOf } from "../../observe/cacerts";
import { controlPlaneOf } from "../../observe/controlPlane";
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
            const { namespace } = await controlPlaneOf(kubernetes);
            const [cacerts, own] = await Promise.all([
                cacertsOf(kubernetes),
                // istiod writes it into the cluster that it reads first, which is its own also where it runs elsewhere.
                kubernetes.secret(namespace, "istio-ca-secret"),
            ]);
            // Without a key there is none to compare: see stored-root.
            const isRootKey = cacerts && cacerts.key !== "" && holdsRootKey(cacerts);
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
                    cause: `The key in cacerts of ${cluster} is the root's own key: whoever reads that Secret can sign for every cluster.`,
                    fix: `Give ${cluster} an intermediate, and make a new root, since this one's key is exposed.`,
                };
            }
            return hasOwnRoot
                ? {
                      seen,
                      cause: `istiod of ${cluster} has made its own root: it started before Secret cacerts existed.`,
                      fix: `Compare the root in it with that of workloads (common-root). If they use cacerts, the Secret is left over and may go; otherwise make cacerts first, and restart istiod and the workloads of ${cluster}.`,
                  }
                : { seen };
        }),
});

function holdsRootKey({ key: pem, root }: Cacerts): boolean {
    const key = createPublicKey(pem);
    return certificatesOf(root).some(({ publicKey }) => publicKey.equals(key));
}

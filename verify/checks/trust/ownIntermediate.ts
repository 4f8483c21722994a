import { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { type DeclaredMesh, servingName } from "../../mesh";
import { inEachCluster } from "../../observe";
import { externalAuthority } from "../../observe/controlPlane";
import { observeTrust, short, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";
import { chainBreak, describeBreak, isSelfSigned } from "./chain";
import { oneLine } from "../../../shared/pem";

export interface Issuance extends ClusterTrust {
    /** Who signs instead of istiod; absent where istiod does. All clusters may then share one signer. */
    readonly external?: string | undefined;
}

export const ownIntermediate = defineCheck<readonly Issuance[]>({
    id: "own-intermediate",
    group: "trust",
    proves: "Each cluster's workloads hold certificates of the intermediate of the istiod that serves it, with a chain that leads to a root",
    observe: async (view) => {
        const [trusts, externals] = await Promise.all([
            observeTrust(view),
            inEachCluster(view, async (kubernetes) => ({ external: await externalAuthority(kubernetes) })),
        ]);
        return trusts.map((trust, index) => ({ ...trust, ...externals[index] }));
    },
    judge: (trusts, mesh) =>
        trusts.map(({ cluster, workload, external }) => {
            if (workload === undefined) {
                return withoutProxy(cluster);
            }
            const [leaf, ...issuers] = workload.chain;
            const path = issuers
                .map((issuer) => `, issued by ${oneLine(issuer.subject)} (${short(issuer.fingerprint256)})`)
                .join("");
            const signer = external === undefined ? "" : `; an external CA signs (${external})`;
            const seen = `${cluster}: ${workload.pod} is ${leaf?.subjectAltName ?? "without a certificate"}${path}${signer}`;
            return {
                seen,
                ...(chainFault(cluster, leaf, issuers, workload.roots, external !== undefined) ??
                    (external === undefined
                        ? (sharedKey(cluster, issuers[0], trusts, (name) => servingName(mesh, name)) ??
                          swapped(cluster, issuers[0], mesh))
                        : undefined)),
            };
        }),
});

type Fault = Required<Pick<Part, "cause" | "fix">>;

function chainFault(
    cluster: string,
    leaf: X509Certificate | undefined,
    issuers: readonly X509Certificate[],
    roots: readonly X509Certificate[],
    isExternal: boolean,
): Fault | undefined {
    if (leaf === undefined) {
        return {
            cause: `istiod of ${cluster} has not signed the workload's certificate.`,
            fix: `The log of istiod in ${cluster} says why signing failed.`,
        };
    }
    const [intermediate] = issuers;
    if (!isExternal && (intermediate === undefined || isSelfSigned(intermediate))) {
        return {
            cause: `istiod of ${cluster} signs with a self-signed CA: Secret cacerts is missing, or came after istiod started.`,
            fix: `Make the Secret cacerts in ${cluster}, then restart istiod and the workloads there.`,
        };
    }
    const broken = chainBreak(leaf, issuers, roots);
    if (broken === undefined) {
        return undefined;
    }
    if (broken.after === leaf && broken.before !== undefined) {
        return {
            cause: `cert-chain.pem of ${cluster} does not begin with the certificate that signs its workloads.`,
            fix: `Put the intermediate first in cert-chain.pem of Secret cacerts in ${cluster}.`,
        };
    }
    return broken.before === undefined && roots.some((root) => root.subject === broken.after.issuer)
        ? {
              cause: `The intermediate of ${cluster} was issued by another root than the one its workloads trust.`,
              fix: `Issue the intermediate of ${cluster} again from the root in root-cert.pem.`,
          }
        : describeBreak(cluster, broken);
}

/** Two clusters with one key cannot be told apart, nor revoked one by one. What is above their intermediates they may share. */
function sharedKey(
    cluster: string,
    intermediate: X509Certificate | undefined,
    trusts: readonly ClusterTrust[],
    signerOf: (cluster: string) => string,
): Fault | undefined {
    const key = publicKey(intermediate);
    const signer = signerOf(cluster);
    const serving = trusts.find((trust) => trust.cluster === signer && signer !== cluster);
    if (serving?.workload !== undefined && publicKey(serving.workload.chain[1]) !== key) {
        return {
            cause: `The workloads of ${cluster} have certificates of another intermediate than those of ${signer}, whose istiod serves it.`,
            fix: `Restart the workloads of ${cluster}; does another istiod serve them, too?`,
        };
    }
    const other = trusts.find(
        (trust) => signerOf(trust.cluster) !== signer && publicKey(trust.workload?.chain[1]) === key,
    );
    return key === undefined || other === undefined
        ? undefined
        : {
              cause: `${cluster} and ${other.cluster} sign with the same key.`,
              fix: `Give each cluster its own key and intermediate. Where one of them has its own istiod since a short time only, restart its workloads.`,
          };
}

/** Which authority is whose, only the declaration knows: two clusters that have changed theirs differ from each other all the same. */
function swapped(
    cluster: string,
    intermediate: X509Certificate | undefined,
    mesh: Pick<DeclaredMesh, "clusters">,
): Fault | undefined {
    const key = publicKey(intermediate);
    const owner = mesh.clusters.find(
        ({ certificate }) => certificate !== undefined && publicKey(new X509Certificate(certificate)) === key,
    );
    return owner === undefined || owner.name === servingName(mesh, cluster)
        ? undefined
        : {
              cause: `The istiod of ${cluster} signs with the intermediate that was signed for ${owner.name}.`,
              fix: `Secret cacerts of ${cluster} is not the one of its stack: was it copied from ${owner.name}? Put its own back, then restart istiod and the workloads there.`,
          };
}

function publicKey(certificate: X509Certificate | undefined): string | undefined {
    return certificate?.publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

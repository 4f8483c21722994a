import type { X509Certificate } from "node:crypto";
import { defineCheck, type Part } from "../../check";
import { observeTrust, short, withoutProxy, type ClusterTrust } from "../dataPlane/workloads";

export const ownIntermediate = defineCheck<readonly ClusterTrust[]>({
    id: "own-intermediate",
    group: "trust",
    proves: "Each cluster's workloads hold certificates of the cluster's own intermediate, issued by the root",
    observe: observeTrust,
    judge: (trusts) =>
        trusts.map(({ cluster, workload }) => {
            if (workload === undefined) {
                return withoutProxy(cluster);
            }
            const [leaf, intermediate] = workload.chain;
            const issuer =
                intermediate === undefined
                    ? ""
                    : `, issued by ${oneLine(intermediate.subject)} (${short(intermediate.fingerprint256)})`;
            const seen = `${cluster}: ${workload.pod} is ${leaf?.subjectAltName ?? "without a certificate"}${issuer}`;
            return {
                seen,
                ...(chainFault(cluster, leaf, intermediate, workload.roots) ??
                    sharedKey(cluster, intermediate, trusts)),
            };
        }),
});

type Fault = Required<Pick<Part, "cause" | "fix">>;

function chainFault(
    cluster: string,
    leaf: X509Certificate | undefined,
    intermediate: X509Certificate | undefined,
    roots: readonly X509Certificate[],
): Fault | undefined {
    if (leaf === undefined) {
        return {
            cause: `istiod of ${cluster} has not signed the workload's certificate.`,
            fix: `\`kubectl -n istio-system logs deploy/istiod\` in ${cluster} says why signing failed.`,
        };
    }
    if (intermediate === undefined || isSelfSigned(intermediate)) {
        return {
            cause: `istiod of ${cluster} signs with a self-signed CA: Secret istio-system/cacerts is missing, or came after istiod started.`,
            fix: `Make the Secret cacerts in ${cluster}, then restart istiod and the workloads there.`,
        };
    }
    if (!isIssuedBy(leaf, intermediate)) {
        return {
            cause: `cert-chain.pem of ${cluster} does not begin with the certificate that signs its workloads.`,
            fix: `Put the intermediate first in cert-chain.pem of Secret cacerts in ${cluster}.`,
        };
    }
    if (!roots.some((root) => isIssuedBy(intermediate, root))) {
        return {
            cause: `The intermediate of ${cluster} was issued by another root than the one its workloads trust.`,
            fix: `Issue the intermediate of ${cluster} again from the root in root-cert.pem.`,
        };
    }
    return undefined;
}

/** Two clusters with one key cannot be told apart, nor revoked one by one. */
function sharedKey(
    cluster: string,
    intermediate: X509Certificate | undefined,
    trusts: readonly ClusterTrust[],
): Fault | undefined {
    const other = trusts.find(
        (trust) => trust.cluster !== cluster && publicKey(trust.workload?.chain[1]) === publicKey(intermediate),
    );
    return other === undefined
        ? undefined
        : {
              cause: `${cluster} and ${other.cluster} sign with the same key.`,
              fix: `Give each cluster its own key and intermediate.`,
          };
}

function isSelfSigned(certificate: X509Certificate): boolean {
    return isIssuedBy(certificate, certificate);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function publicKey(certificate: X509Certificate | undefined): string | undefined {
    return certificate?.publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

/** Node gives a distinguished name as one attribute a line. */
function oneLine(distinguishedName: string): string {
    return distinguishedName.replaceAll("\n", ", ");
}

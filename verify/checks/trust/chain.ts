/** Chains of certificates, each followed by the one that issued it. */
import type { X509Certificate } from "node:crypto";
import { isIssuedBy, oneLine } from "../../../shared/pem";

/** Where a chain is broken: between a certificate and the one that follows it, or after its last. */
export interface ChainBreak {
    readonly after: Pick<X509Certificate, "subject" | "issuer">;
    /** Absent where the chain ends there. */
    readonly before?: Pick<X509Certificate, "subject">;
}

/**
 * What keeps a certificate's chain from leading to one of some roots; undefined where it does. A root may end it; what istiod
 * appends after that are the roots that it trusts.
 */
export function chainBreak(
    certificate: X509Certificate,
    issuers: readonly X509Certificate[],
    roots: readonly X509Certificate[],
): ChainBreak | undefined {
    let top = certificate;
    for (const issuer of issuers) {
        if (!isIssuedBy(top, issuer)) return { after: top, before: issuer };
        top = issuer;
        if (isSelfSigned(top)) break;
    }
    return roots.some((root) => isIssuedBy(top, root)) ? undefined : { after: top };
}

export function isSelfSigned(certificate: X509Certificate): boolean {
    return isIssuedBy(certificate, certificate);
}

/** A break in words: what is missing or wrong in cert-chain.pem of a cluster, and how to mend it. */
export function describeBreak(cluster: string, { after, before }: ChainBreak): { cause: string; fix: string } {
    const [subject, issuer] = [oneLine(after.subject), oneLine(after.issuer)];
    return before === undefined
        ? {
              cause: `The chain of ${cluster} ends before a root that its workloads trust: ${issuer}, which issued ${subject}, is missing in cert-chain.pem, or is another root.`,
              fix: `Append the certificate of ${issuer} to cert-chain.pem of Secret cacerts in ${cluster}, then restart istiod and the workloads there.`,
          }
        : {
              cause: `cert-chain.pem of ${cluster} has a gap, or is out of order: ${subject} was not issued by ${oneLine(before.subject)}, which follows it.`,
              fix: `Order it from the intermediate of ${cluster} upwards, each certificate followed by its issuer.`,
          };
}

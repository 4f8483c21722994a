import type { X509Certificate } from "node:crypto";
import { isIssuedBy, oneLine } from "../shared/pem";

/** In words, where a chain does not lead from a certificate to its root; undefined where it does. */
export function chainProblem(
    certificate: X509Certificate,
    above: readonly X509Certificate[],
    root: X509Certificate,
): string | undefined {
    const chain = [certificate, ...above, root];
    const broken = chain.slice(0, -1).find((each, index) => {
        const issuer = chain[index + 1];
        return issuer === undefined || !isIssuedBy(each, issuer);
    });
    return (
        broken &&
        `${oneLine(broken.subject)} was not issued by what follows it, ${oneLine(broken.issuer)} is its issuer`
    );
}

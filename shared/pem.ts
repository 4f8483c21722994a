import type { X509Certificate } from "node:crypto";

/** The certificates of a text, PEM, each by itself. */
export function certificatesIn(text: string): string[] {
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Name of a certificate in one line: Node gives one attribute a line. */
export function oneLine(distinguishedName: string): string {
    return distinguishedName.replaceAll("\n", ", ");
}

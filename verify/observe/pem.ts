import { X509Certificate } from "node:crypto";

/** Certificates of a bundle. @throws Error where one is none. */
export function certificatesOf(pem: string): X509Certificate[] {
    return (pem.match(PEM) ?? []).map((each) => new X509Certificate(each));
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** SHA-256 fingerprints of a bundle's certificates, sorted. */
export function fingerprints(pem: string): string[] {
    return certificatesOf(pem)
        .map(({ fingerprint256 }) => fingerprint256)
        .sort();
}

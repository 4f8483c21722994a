import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../shared/pem";

/** Certificates of a bundle. @throws Error where one is none. */
export function certificatesOf(pem: string): X509Certificate[] {
    return certificatesIn(pem).map((each) => new X509Certificate(each));
}

/** SHA-256 fingerprints of a bundle's certificates, sorted. */
export function fingerprints(pem: string): string[] {
    return certificatesOf(pem)
        .map(({ fingerprint256 }) => fingerprint256)
        .sort();
}

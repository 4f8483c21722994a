/** Argument types that several components share. */
import type * as pulumi from "@pulumi/pulumi";

/** Algorithm of a certificate authority's key. Istio supports no other. */
export const KeyAlgorithm = {
    /** NIST P-256: small and fast. */
    Ecdsa: "ECDSA",
    /** RSA with 4096 bits, where policy asks for it. */
    Rsa: "RSA",
} as const;
export type KeyAlgorithm = (typeof KeyAlgorithm)[keyof typeof KeyAlgorithm];

/** How long a certificate is good, and when it is renewed. */
export interface ValidityArgs {
    /** Lifetime in days. */
    days: number;
    /** The first `up` within this many days of the end makes a new certificate. */
    renewBeforeDays: number;
}

/** The intermediate with which a control plane signs its workloads' certificates. */
export interface CertificateAuthorityArgs {
    /** The intermediate's certificate, PEM; authorities between it and the root, if there are any, follow it. */
    certificate: pulumi.Input<string>;
    /** Its private key, PEM: `EC PRIVATE KEY`, `RSA PRIVATE KEY` or `PRIVATE KEY`. Secret. */
    privateKey: pulumi.Input<string>;
    /** What the whole mesh trusts, PEM: the root that issued it first, then, while the root is rotated, the other one. */
    rootCertificate: pulumi.Input<string>;
}

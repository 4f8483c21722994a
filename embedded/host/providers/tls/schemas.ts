/** Inputs of the tls package's resources, and their defaults (https://www.pulumi.com/registry/packages/tls/api-docs/). */
import { z } from "zod";
import { NOT_SERVED } from "../inputs";

/** RFC 5280, section 4.2.1.3: names of the key usages of authorities, as X.509 libraries know them. */
export const KEY_USAGES = {
    digital_signature: "digitalSignature",
    content_commitment: "nonRepudiation",
    key_encipherment: "keyEncipherment",
    cert_signing: "keyCertSign",
    crl_signing: "cRLSign",
} as const;

const subject = z.strictObject({
    commonName: z.string(),
    locality: z.string().optional(),
    organization: z.string().optional(),
});

const uses = Object.keys(KEY_USAGES);

const certificate = {
    allowedUses: z.array(
        z.string().refine((use) => uses.includes(use), `must be one of ${uses.join(", ")} with the embedded host`),
    ),
    earlyRenewalHours: z.int().min(0),
    isCaCertificate: z.literal(true, { error: NOT_SERVED }),
    maxPathLength: z.int().min(-1).optional(),
    setSubjectKeyId: z.literal(true, { error: NOT_SERVED }),
    validityPeriodHours: z.int().min(0),
};

/** What Pulumi records where the program says nothing. */
export const KEY_DEFAULTS = { ecdsaCurve: "P224", rsaBits: 2048 };
export const CERTIFICATE_DEFAULTS = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false };

/** The keys that Istio signs with (https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/). */
export const privateKey = z.discriminatedUnion("algorithm", [
    z.strictObject({ algorithm: z.literal("RSA"), rsaBits: z.int().min(2048), ecdsaCurve: z.string() }),
    z.strictObject({ algorithm: z.literal("ECDSA"), rsaBits: z.int(), ecdsaCurve: z.enum(["P256", "P384"]) }),
]);

export const certRequest = z.strictObject({
    privateKeyPem: z.string(),
    dnsNames: z.array(z.string().min(1)).default([]),
    subject,
});

export const selfSignedCert = z.strictObject({
    privateKeyPem: z.string(),
    subject,
    ...certificate,
    setAuthorityKeyId: z.literal(false, { error: NOT_SERVED }),
});

export const locallySignedCert = z.strictObject({
    caCertPem: z.string(),
    caPrivateKeyPem: z.string(),
    certRequestPem: z.string(),
    ...certificate,
});

export type PrivateKey = z.infer<typeof privateKey>;
export type Subject = z.infer<typeof subject>;
export type CertRequest = z.infer<typeof certRequest>;
export type SelfSignedCert = z.infer<typeof selfSignedCert>;
export type LocallySignedCert = z.infer<typeof locallySignedCert>;

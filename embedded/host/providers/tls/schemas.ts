/** Inputs of the tls package's resources, and their defaults (https://www.pulumi.com/registry/packages/tls/api-docs/). */
import { z } from "zod";

/** RFC 5280, section 4.2.1.3: names of the key usage's bits, as X.509 libraries know them. */
export const KEY_USAGES = {
    digital_signature: "digitalSignature",
    content_commitment: "nonRepudiation",
    key_encipherment: "keyEncipherment",
    data_encipherment: "dataEncipherment",
    key_agreement: "keyAgreement",
    cert_signing: "keyCertSign",
    crl_signing: "cRLSign",
    encipher_only: "encipherOnly",
    decipher_only: "decipherOnly",
} as const;

/** RFC 5280, section 4.2.1.12, and the vendors' own: object identifiers of the extended key usage. */
export const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
    any_extended: "2.5.29.37.0",
    server_auth: "1.3.6.1.5.5.7.3.1",
    client_auth: "1.3.6.1.5.5.7.3.2",
    code_signing: "1.3.6.1.5.5.7.3.3",
    email_protection: "1.3.6.1.5.5.7.3.4",
    ipsec_end_system: "1.3.6.1.5.5.7.3.5",
    ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
    ipsec_user: "1.3.6.1.5.5.7.3.7",
    timestamping: "1.3.6.1.5.5.7.3.8",
    ocsp_signing: "1.3.6.1.5.5.7.3.9",
    microsoft_server_gated_crypto: "1.3.6.1.4.1.311.10.3.3",
    netscape_server_gated_crypto: "2.16.840.1.113730.4.1",
    microsoft_commercial_code_signing: "1.3.6.1.4.1.311.2.1.22",
    microsoft_kernel_code_signing: "1.3.6.1.4.1.311.61.1.1",
};

const subject = z.strictObject({
    commonName: z.string().optional(),
    country: z.string().optional(),
    emailAddress: z.string().optional(),
    locality: z.string().optional(),
    organization: z.string().optional(),
    organizationalUnit: z.string().optional(),
    postalCode: z.string().optional(),
    province: z.string().optional(),
    serialNumber: z.string().optional(),
    streetAddresses: z.array(z.string()).optional(),
});

const names = {
    dnsNames: z.array(z.string().min(1)).default([]),
    ipAddresses: z.array(z.union([z.ipv4(), z.ipv6()])).default([]),
    uris: z.array(z.url()).default([]),
    subject: subject.default({}),
};

const uses = [...Object.keys(KEY_USAGES), ...Object.keys(EXTENDED_KEY_USAGES)];

const certificate = {
    allowedUses: z.array(z.string().refine((use) => uses.includes(use), `must be one of ${uses.join(", ")}`)),
    earlyRenewalHours: z.int().min(0),
    isCaCertificate: z.boolean(),
    maxPathLength: z.int().min(-1).optional(),
    setSubjectKeyId: z.boolean(),
    validityPeriodHours: z.int().min(0),
};

/** What Pulumi records where the program says nothing. */
export const KEY_DEFAULTS = { ecdsaCurve: "P224", rsaBits: 2048 };
export const CERTIFICATE_DEFAULTS = { earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false };

export const privateKey = z.strictObject({
    algorithm: z.enum(["RSA", "ECDSA", "ED25519"]),
    ecdsaCurve: z.enum(["P224", "P256", "P384", "P521"]),
    rsaBits: z.int().min(1024),
});

export const certRequest = z.strictObject({ privateKeyPem: z.string(), ...names });

export const selfSignedCert = z.strictObject({
    privateKeyPem: z.string(),
    ...names,
    ...certificate,
    setAuthorityKeyId: z.boolean(),
});

export const locallySignedCert = z.strictObject({
    caCertPem: z.string(),
    caPrivateKeyPem: z.string(),
    certRequestPem: z.string(),
    ...certificate,
});

export type Subject = z.infer<typeof subject>;
export type CertRequest = z.infer<typeof certRequest>;
export type SelfSignedCert = z.infer<typeof selfSignedCert>;
export type LocallySignedCert = z.infer<typeof locallySignedCert>;

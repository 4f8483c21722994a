import "reflect-metadata";
import { webcrypto, type webcrypto as types } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** A probe needs it for seconds; clocks may differ by minutes. */
const VALID_MILLISECONDS = 3_600_000;

/** PEM of a certificate with its issuer, and of its key. */
export interface ForeignIdentity {
    readonly certificate: string;
    readonly key: string;
}

/**
 * A certificate that is in every way one of a workload, but of a root that was made for this one and is then forgotten.
 * @param identity URI that the certificate claims, e.g. `spiffe://cluster.local/ns/shop/sa/client`.
 */
export async function foreignIdentity(identity: string): Promise<ForeignIdentity> {
    const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
    const validity = {
        notBefore: new Date(Date.now() - VALID_MILLISECONDS),
        notAfter: new Date(Date.now() + VALID_MILLISECONDS),
        signingAlgorithm: ALGORITHM,
    };
    const root = await x509.X509CertificateGenerator.createSelfSigned(
        {
            ...validity,
            name: "O=Foreign root of a probe",
            keys: rootKeys,
            extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
        },
        webcrypto,
    );
    const leaf = await x509.X509CertificateGenerator.create(
        {
            ...validity,
            issuer: root.subject,
            publicKey: keys.publicKey,
            signingKey: rootKeys.privateKey,
            extensions: [
                new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
                new x509.ExtendedKeyUsageExtension([
                    x509.ExtendedKeyUsage.serverAuth,
                    x509.ExtendedKeyUsage.clientAuth,
                ]),
                // Critical, as the subject is empty: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
                new x509.SubjectAlternativeNameExtension([{ type: "url", value: identity }], true),
            ],
        },
        webcrypto,
    );
    const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    return {
        certificate: `${leaf.toString("pem")}\n${root.toString("pem")}\n`,
        key: x509.PemConverter.encode(key, "PRIVATE KEY"),
    };
}

function newKeys(): Promise<types.CryptoKeyPair> {
    return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** An authority that the mesh does not know, as Secret cacerts holds one. */
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

/** @param days Lifetime of the intermediate. @returns The four files, base64. */
export async function foreignAuthority(days: number): Promise<Record<string, string>> {
    const [rootKeys, keys] = await Promise.all([makeKeys(), makeKeys()]);
    const notBefore = new Date(Date.now() - DAY);
    const root = await x509.X509CertificateGenerator.createSelfSigned(
        {
            name: "O=foreign,CN=Root CA",
            keys: rootKeys,
            signingAlgorithm: ALGORITHM,
            notBefore,
            notAfter: new Date(Date.now() + 3650 * DAY),
            extensions: authority(1),
        },
        webcrypto,
    );
    const certificate = await x509.X509CertificateGenerator.create(
        {
            subject: "O=foreign,CN=Intermediate CA",
            issuer: root.subject,
            publicKey: keys.publicKey,
            signingKey: rootKeys.privateKey,
            signingAlgorithm: ALGORITHM,
            notBefore,
            notAfter: new Date(Date.now() + days * DAY),
            extensions: authority(0),
        },
        webcrypto,
    );
    const files = {
        "ca-cert.pem": pem(certificate),
        "ca-key.pem": KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
        "cert-chain.pem": pem(certificate) + pem(root),
        "root-cert.pem": pem(root),
    };
    return Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
    );
}

function makeKeys() {
    return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function authority(pathLength: number): x509.Extension[] {
    return [
        new x509.BasicConstraintsExtension(true, pathLength, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ];
}

function pem(certificate: x509.X509Certificate): string {
    return `${certificate.toString("pem")}\n`;
}

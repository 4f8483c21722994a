/** A root that no stack has: it signs the requests that `mesh ca csr` writes. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Authority } from "./certificates";

const DAY = 86_400_000;

/** @param request PEM. @returns The certificate of an intermediate, PEM. */
export async function signRequest(root: Authority, request: string): Promise<string> {
    x509.cryptoProvider.set(webcrypto);
    const asked = new x509.Pkcs10CertificateRequest(request);
    const certificate = await x509.X509CertificateGenerator.create(
        {
            serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString("hex"),
            subject: asked.subject,
            issuer: root.certificate.subject,
            publicKey: asked.publicKey,
            signingKey: root.keys.privateKey,
            signingAlgorithm: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
            notBefore: new Date(Date.now() - DAY),
            notAfter: new Date(Date.now() + 365 * DAY),
            extensions: [
                new x509.BasicConstraintsExtension(true, 0, true),
                new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            ],
        },
        webcrypto,
    );
    return `${certificate.toString("pem")}\n`;
}

/** Small certificate hierarchies, made for each test: nothing key-like is stored in the repository. */
import "reflect-metadata";
import { X509Certificate, webcrypto } from "node:crypto";
import {
    BasicConstraintsExtension,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
    type X509Certificate as Generated,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface Authority {
    readonly certificate: Generated;
    readonly keys: webcrypto.CryptoKeyPair;
}

let serial = 1;

export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
    return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

export async function root(name = "Root CA"): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
        {
            name: `CN=${name}`,
            keys,
            signingAlgorithm: ALGORITHM,
            serialNumber: next(),
            extensions: [new BasicConstraintsExtension(true, undefined, true)],
        },
        webcrypto,
    );
    return { certificate, keys };
}

export async function intermediate(
    issuer: Authority,
    name: string,
    keys?: webcrypto.CryptoKeyPair,
): Promise<Authority> {
    const own = keys ?? (await newKeys());
    const certificate = await X509CertificateGenerator.create(
        {
            subject: `CN=${name}`,
            issuer: issuer.certificate.subject,
            publicKey: own.publicKey,
            signingKey: issuer.keys.privateKey,
            signingAlgorithm: ALGORITHM,
            serialNumber: next(),
            extensions: [new BasicConstraintsExtension(true, 0, true)],
        },
        webcrypto,
    );
    return { certificate, keys: own };
}

export async function leaf(issuer: Authority, spiffeId: string): Promise<Generated> {
    const { publicKey } = await newKeys();
    return X509CertificateGenerator.create(
        {
            subject: "",
            issuer: issuer.certificate.subject,
            publicKey,
            signingKey: issuer.keys.privateKey,
            signingAlgorithm: ALGORITHM,
            serialNumber: next(),
            extensions: [new SubjectAlternativeNameExtension([{ type: "url", value: spiffeId }], true)],
        },
        webcrypto,
    );
}

export function parsed(certificate: Generated): X509Certificate {
    return new X509Certificate(certificate.toString("pem"));
}

function next(): string {
    return (serial++).toString(16).padStart(2, "0");
}

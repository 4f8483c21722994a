/** Small certificate hierarchies, made for each test: nothing key-like is stored in the repository. */
import "reflect-metadata";
import { X509Certificate, webcrypto } from "node:crypto";
import {
    BasicConstraintsExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
    type X509Certificate as Generated,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

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
            ...lasting(3650),
            extensions: authority(2),
        },
        webcrypto,
    );
    return { certificate, keys };
}

/** A root as a user gives it, PEM. */
export async function givenRoot(): Promise<{ readonly certificate: string; readonly privateKey: string }> {
    const { certificate, keys } = await root();
    const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
    return {
        certificate: certificate.toString("pem"),
        privateKey: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
    };
}

/** @param days Until it ends; a past one where negative. Default 365. @param life From its beginning until then. Default a day more. */
export async function intermediate(
    issuer: Authority,
    name: string,
    {
        keys,
        days = 365,
        life = days + 1,
        pathLength = 0,
    }: {
        readonly keys?: webcrypto.CryptoKeyPair;
        readonly days?: number;
        readonly life?: number;
        readonly pathLength?: number;
    } = {},
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
            ...lasting(days, life),
            extensions: authority(pathLength),
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

/** @param days From yesterday to so many days from now. */
function lasting(days: number, life = days + 1): { notBefore: Date; notAfter: Date } {
    const now = Date.now();
    return { notBefore: new Date(now + (days - life) * DAY), notAfter: new Date(now + days * DAY) };
}

function authority(pathLength: number) {
    return [
        new BasicConstraintsExtension(true, pathLength, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ];
}

export function parsed(certificate: Generated): X509Certificate {
    return new X509Certificate(certificate.toString("pem"));
}

function next(): string {
    return (serial++).toString(16).padStart(2, "0");
}

/** Private keys in the encodings that Pulumi's tls provider records. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, webcrypto, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { ProblemsError } from "../../../../shared/problems";
import type { Properties } from "../provider";

export type KeyAlgorithm = "RSA" | "ECDSA" | "ED25519";
export type EcdsaCurve = "P224" | "P256" | "P384" | "P521";

export interface KeyRequest {
    readonly algorithm: KeyAlgorithm;
    readonly ecdsaCurve: EcdsaCurve;
    readonly rsaBits: number;
}

/** A key that signs, with the digest that X.509 customarily pairs with it (RFC 5758, RFC 8017). */
export interface Signer {
    readonly algorithm: KeyAlgorithm;
    readonly keys: { readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey };
    readonly signingAlgorithm: { readonly name: string; readonly hash: string };
}

const CURVES = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" } as const;

export async function generateKey(request: KeyRequest): Promise<KeyObject> {
    const generate = promisify(generateKeyPair);
    switch (request.algorithm) {
        case "RSA":
            return (await generate("rsa", { modulusLength: request.rsaBits })).privateKey;
        case "ECDSA":
            return (await generate("ec", { namedCurve: CURVES[request.ecdsaCurve] })).privateKey;
        case "ED25519":
            return (await generate("ed25519")).privateKey;
    }
}

/** The outputs of a PrivateKey. OpenSSH has no P224, so that its encodings are empty there, as with Pulumi. */
export async function describeKey(key: KeyObject): Promise<{ id: string; outputs: Properties }> {
    const publicKey = createPublicKey(key);
    const traditional = { rsa: "pkcs1", ec: "sec1", ed25519: "pkcs8" } as const;
    const type = traditional[key.asymmetricKeyType as keyof typeof traditional];
    const pkcs8 = key.export({ type: "pkcs8", format: "pem" });
    return {
        id: createHash("sha1")
            .update(publicKey.export({ type: "spki", format: "der" }))
            .digest("hex"),
        outputs: {
            privateKeyPem: String(key.export({ type, format: "pem" })),
            privateKeyPemPkcs8: String(pkcs8),
            publicKeyPem: String(publicKey.export({ type: "spki", format: "pem" })),
            ...(key.asymmetricKeyDetails?.namedCurve === CURVES.P224 ? NO_OPENSSH : await openssh(String(pkcs8))),
        },
    };
}

const NO_OPENSSH = {
    privateKeyOpenssh: "",
    publicKeyOpenssh: "",
    publicKeyFingerprintMd5: "",
    publicKeyFingerprintSha256: "",
};

async function openssh(pkcs8: string): Promise<typeof NO_OPENSSH> {
    const { default: sshpk } = await import("sshpk");
    const key = sshpk.parsePrivateKey(pkcs8, "pem");
    key.comment = "";
    const [type, base64] = key.toPublic().toString("ssh").split(" ");
    return {
        privateKeyOpenssh: key.toString("openssh"),
        publicKeyOpenssh: `${String(type)} ${String(base64)}\n`,
        publicKeyFingerprintMd5: key.fingerprint("md5").toString("hex"),
        publicKeyFingerprintSha256: key.fingerprint("sha256").toString("base64"),
    };
}

/**
 * @param input Name of the input that holds the key, for the error; the key itself is never shown.
 * @throws ProblemsError for a text that is no private key, or a key that cannot sign here.
 */
export async function signerOf(input: string, pem: string): Promise<Signer> {
    const key = parsePrivateKey(input, pem);
    const { algorithm, name, hash, parameters } = signing(input, key);
    const imported = { name, hash, ...parameters };
    const [privateKey, publicKey] = await Promise.all([
        webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), imported, true, ["sign"]),
        webcrypto.subtle.importKey(
            "spki",
            createPublicKey(key).export({ type: "spki", format: "der" }),
            imported,
            true,
            ["verify"],
        ),
    ]);
    return { algorithm, keys: { privateKey, publicKey }, signingAlgorithm: { name, hash } };
}

function parsePrivateKey(input: string, pem: string): KeyObject {
    try {
        return createPrivateKey(pem);
    } catch {
        const rule = "must be a private key in PEM";
        throw new ProblemsError([{ subject: input, rule, fix: "Give the privateKeyPem of a tls.PrivateKey" }]);
    }
}

function signing(input: string, key: KeyObject) {
    switch (key.asymmetricKeyType) {
        case "rsa":
            return { algorithm: "RSA", name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", parameters: {} } as const;
        case "ed25519":
            return { algorithm: "ED25519", name: "Ed25519", hash: "SHA-512", parameters: {} } as const;
        default: {
            const curves = {
                prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
                secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
                secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
            } as const;
            const curve = Object.entries(curves).find(([name]) => name === key.asymmetricKeyDetails?.namedCurve)?.[1];
            if (curve === undefined) {
                const rule = "the embedded host signs with RSA, ED25519, or ECDSA over P256, P384 or P521 only";
                throw new ProblemsError([{ subject: input, rule, fix: "Set ecdsaCurve of its tls.PrivateKey" }]);
            }
            const { namedCurve, hash } = curve;
            return { algorithm: "ECDSA", name: "ECDSA", hash, parameters: { namedCurve } } as const;
        }
    }
}

/** Private keys in the encodings that Pulumi's tls provider records. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, webcrypto, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { ProblemsError } from "../../../../shared/problems";
import type { Properties } from "../provider";
import type { PrivateKey } from "./schemas";

/** A key that signs, with the digest that X.509 customarily pairs with it (RFC 5758, RFC 8017). */
export interface Signer {
    readonly algorithm: PrivateKey["algorithm"];
    readonly keys: { readonly privateKey: webcrypto.CryptoKey; readonly publicKey: webcrypto.CryptoKey };
    readonly signingAlgorithm: { readonly name: string; readonly hash: string };
}

const CURVES = { P256: "prime256v1", P384: "secp384r1" } as const;

export async function generateKey(request: PrivateKey): Promise<KeyObject> {
    const generate = promisify(generateKeyPair);
    const { privateKey } =
        request.algorithm === "RSA"
            ? await generate("rsa", { modulusLength: request.rsaBits })
            : await generate("ec", { namedCurve: CURVES[request.ecdsaCurve] });
    return privateKey;
}

/** The outputs of a PrivateKey. */
export async function describeKey(key: KeyObject): Promise<{ id: string; outputs: Properties }> {
    const publicKey = createPublicKey(key);
    const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
    const pkcs8 = key.export({ type: "pkcs8", format: "pem" });
    return {
        id: createHash("sha1")
            .update(publicKey.export({ type: "spki", format: "der" }))
            .digest("hex"),
        outputs: {
            privateKeyPem: String(key.export({ type, format: "pem" })),
            privateKeyPemPkcs8: String(pkcs8),
            publicKeyPem: String(publicKey.export({ type: "spki", format: "pem" })),
            ...(await openssh(String(pkcs8))),
        },
    };
}

async function openssh(pkcs8: string): Promise<Properties> {
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
    if (key.asymmetricKeyType === "rsa") {
        return { algorithm: "RSA", name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", parameters: {} } as const;
    }
    const curves = {
        prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
        secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
    } as const;
    const curve = Object.entries(curves).find(([name]) => name === key.asymmetricKeyDetails?.namedCurve)?.[1];
    if (curve === undefined) {
        const rule = "the embedded host signs with RSA, or with ECDSA over P256 or P384, as Istio does";
        throw new ProblemsError([{ subject: input, rule, fix: "Set ecdsaCurve of its tls.PrivateKey" }]);
    }
    const { namedCurve, hash } = curve;
    return { algorithm: "ECDSA", name: "ECDSA", hash, parameters: { namedCurve } } as const;
}

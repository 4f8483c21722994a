/** Tries an intermediate out with a certificate that nobody keeps. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import { generateKey, signerOf } from "../../embedded/host/providers/tls/keys";

const NAME = "leaf.throw-away.internal";
const HOUR = 3_600_000;
const LIMIT = 10_000;

export interface Authority {
    /** The intermediate first, then what is between it and the root, PEM. */
    readonly chain: string;
    /** Secret. */
    readonly privateKey: string;
    /** What clients trust, PEM. */
    readonly roots: string;
}

/** Why a TLS client that trusts the roots does not accept what the intermediate signs; undefined where it does. */
export async function refusal({ chain, privateKey, roots }: Authority): Promise<string | undefined> {
    const { certificate, key } = await sign(chain, privateKey);
    const server = createServer({ cert: `${certificate}\n${chain}`, key });
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const socket = connect({ host: "127.0.0.1", port, servername: NAME, ca: roots });
    try {
        await once(socket, "secureConnect", { signal: AbortSignal.timeout(LIMIT) });
        return undefined;
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    } finally {
        socket.destroy();
        server.close();
    }
}

/** A workload's certificate, such as istiod would give it. */
export async function sign(
    chain: string,
    privateKey: string,
    identity = "spiffe://cluster.local/ns/throw-away/sa/leaf",
): Promise<{ certificate: string; key: string }> {
    x509.cryptoProvider.set(webcrypto);
    const issuer = new x509.X509Certificate(chain);
    const signer = await signerOf("privateKey", privateKey);
    const key = await generateKey({ algorithm: "ECDSA", rsaBits: 2048, ecdsaCurve: "P256" });
    const pem = String(key.export({ type: "pkcs8", format: "pem" }));
    const own = await signerOf("leaf", pem);
    const serial = randomBytes(16);
    serial.writeUInt8(serial.readUInt8() & 0x7f || 1);
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString("hex"),
        issuer: issuer.subjectName,
        notBefore: new Date(Date.now() - HOUR),
        notAfter: new Date(Date.now() + HOUR),
        publicKey: own.keys.publicKey,
        signingKey: signer.keys.privateKey,
        signingAlgorithm: signer.signingAlgorithm,
        extensions: [
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
            new x509.SubjectAlternativeNameExtension([
                { type: "url", value: identity },
                { type: "dns", value: NAME },
            ]),
        ],
    });
    return { certificate: certificate.toString("pem"), key: pem };
}

/** Certificates and requests (RFC 5280, RFC 2986) as Pulumi's tls provider makes them. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { ProblemsError } from "../../../../shared/problems";
import type { Signer } from "./keys";
import { KEY_USAGES, type CertRequest, type LocallySignedCert, type SelfSignedCert, type Subject } from "./schemas";

x509.cryptoProvider.set(webcrypto);

/** What a certificate resource records of its certificate. */
export interface Issued {
    /** Serial number, decimal. */
    readonly id: string;
    readonly certPem: string;
    /** RFC 3339, UTC. */
    readonly validityStartTime: string;
    readonly validityEndTime: string;
}

interface Issuer {
    readonly name: x509.Name;
    readonly signer: Signer;
    readonly keyIdentifier: x509.Extension | null;
}

export async function requestCertificate(
    request: CertRequest,
    signer: Signer,
): Promise<{ id: string; certRequestPem: string }> {
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({
        name: new x509.Name(distinguishedName(request.subject)),
        keys: signer.keys,
        signingAlgorithm: signer.signingAlgorithm,
        extensions: alternativeNames(request),
    });
    const id = createHash("sha1").update(Buffer.from(csr.rawData)).digest("hex");
    return { id, certRequestPem: `${csr.toString("pem")}\n` };
}

export async function selfSign(request: SelfSignedCert, signer: Signer): Promise<Issued> {
    const name = new x509.Name(distinguishedName(request.subject));
    const publicKey = new x509.PublicKey(await webcrypto.subtle.exportKey("spki", signer.keys.publicKey));
    return issue(request, { subject: name, publicKey, extensions: [] }, { name, signer, keyIdentifier: null });
}

export async function signLocally(request: LocallySignedCert, signer: Signer): Promise<Issued> {
    const csr = parse(
        "certRequestPem",
        "certificate request",
        () => new x509.Pkcs10CertificateRequest(request.certRequestPem),
    );
    const ca = parse("caCertPem", "certificate", () => new x509.X509Certificate(request.caCertPem));
    const own = await ca.publicKey.getThumbprint("SHA-256");
    const given = await webcrypto.subtle.digest(
        "SHA-256",
        await webcrypto.subtle.exportKey("spki", signer.keys.publicKey),
    );
    if (!Buffer.from(own).equals(Buffer.from(given))) {
        throw problem("caPrivateKeyPem", "must be the key of caCertPem", "Give the pair of one authority");
    }
    const extensions = csr.extensions.filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
    const subjectKey = ca.getExtension(x509.SubjectKeyIdentifierExtension);
    return issue(
        request,
        { subject: csr.subjectName, publicKey: csr.publicKey, extensions },
        {
            name: ca.subjectName,
            signer,
            keyIdentifier: subjectKey && new x509.AuthorityKeyIdentifierExtension(subjectKey.keyId),
        },
    );
}

const HOUR = 3_600_000;

async function issue(
    request: SelfSignedCert | LocallySignedCert,
    holder: { subject: x509.Name; publicKey: x509.PublicKey; extensions: x509.Extension[] },
    issuer: Issuer,
): Promise<Issued> {
    const serial = randomBytes(16);
    serial.writeUInt8(serial.readUInt8() & 0x7f || 1);
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + request.validityPeriodHours * HOUR);
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString("hex"),
        subject: holder.subject,
        issuer: issuer.name,
        notBefore,
        notAfter,
        publicKey: holder.publicKey,
        signingKey: issuer.signer.keys.privateKey,
        signingAlgorithm: issuer.signer.signingAlgorithm,
        extensions: [
            ...keyUsages(request.allowedUses),
            basicConstraints(request),
            await x509.SubjectKeyIdentifierExtension.create(holder.publicKey),
            ...(issuer.keyIdentifier ? [issuer.keyIdentifier] : []),
            ...holder.extensions,
        ],
    });
    return {
        id: BigInt(`0x${serial.toString("hex")}`).toString(),
        certPem: `${certificate.toString("pem")}\n`,
        validityStartTime: rfc3339(notBefore),
        validityEndTime: rfc3339(notAfter),
    };
}

function basicConstraints({ maxPathLength = -1 }: SelfSignedCert | LocallySignedCert): x509.Extension {
    return new x509.BasicConstraintsExtension(true, maxPathLength >= 0 ? maxPathLength : undefined, true);
}

function keyUsages(allowed: readonly string[]): x509.Extension[] {
    const flags = Object.entries(KEY_USAGES)
        .filter(([use]) => allowed.includes(use))
        .map(([, flag]) => x509.KeyUsageFlags[flag]);
    if (flags.length === 0) return [];
    const usages = flags.reduce((sum, flag) => sum | flag);
    return [new x509.KeyUsagesExtension(usages, true)];
}

function alternativeNames({ dnsNames }: CertRequest): x509.Extension[] {
    const names = dnsNames.map((value) => ({ type: "dns", value }) as const);
    return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names, false)];
}

/** In the order in which Go's crypto/x509/pkix writes a name, so that both hosts give the same one. */
function distinguishedName({ organization, locality, commonName }: Subject): x509.JsonNameParams {
    const attributes: [string, string | undefined][] = [
        ["O", organization],
        ["L", locality],
        ["CN", commonName],
    ];
    return attributes.flatMap(([type, value]) => (value === undefined ? [] : [{ [type]: [value] }]));
}

function parse<T>(input: string, what: string, read: () => T): T {
    try {
        return read();
    } catch {
        throw problem(input, `must be a ${what} in PEM`, "Give the output of the tls resource that makes it");
    }
}

function problem(subject: string, rule: string, fix: string): ProblemsError {
    return new ProblemsError([{ subject, rule, fix }]);
}

function rfc3339(time: Date): string {
    return time.toISOString().replace(".000Z", "Z");
}

/** Keys and certificates of one cluster: one CA (ECDSA P-256) for servers and clients, in PEM files. */
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const VALID_YEARS = 10;

/** Who a certificate is for: user and group are Kubernetes' reading of CN and O. */
interface Identity {
    readonly commonName: string;
    readonly group?: string;
    /** Names and addresses it serves; a client has none. */
    readonly names?: x509.JsonGeneralNames;
}

/** Clients of the API server, by the built-in user whose rights they need. */
const CLIENTS = {
    admin: { commonName: "kubernetes-admin", group: "system:masters" },
    "controller-manager": { commonName: "system:kube-controller-manager", group: "system:masters" },
    scheduler: { commonName: "system:kube-scheduler" },
    proxy: { commonName: "system:kube-proxy" },
    "load-balancer": { commonName: "load-balancer", group: "system:masters" },
    "front-proxy": { commonName: "front-proxy-client" },
} satisfies Record<string, Identity>;

export type ClientName = keyof typeof CLIENTS | "kubelet";
type CertificateName = ClientName | "ca" | "apiserver";

export interface PkiSubject {
    readonly node: string;
    readonly nodeAddress: string;
    /** Address of the Service `kubernetes`. */
    readonly apiServiceAddress: string;
}

export function keyFile(folder: string, name: CertificateName | "service-account"): string {
    return path.join(folder, `${name}.key`);
}

export function publicKeyFile(folder: string, name: "service-account"): string {
    return path.join(folder, `${name}.pub`);
}

export function certificateFile(folder: string, name: CertificateName): string {
    return path.join(folder, `${name}.crt`);
}

/** Makes the folder with all keys and certificates, unless it is there: it appears whole or not at all. */
export async function ensurePki(folder: string, subject: PkiSubject): Promise<void> {
    if (await hasPki(folder)) {
        return;
    }
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 });
    const authority = await makeAuthority(draft);
    const servers = serverIdentities(subject);
    await Promise.all(
        Object.entries({ ...CLIENTS, ...servers }).map(([name, identity]) => issue(draft, name, identity, authority)),
    );
    const serviceAccounts = await makeKey();
    await writeKey(draft, "service-account", serviceAccounts.privateKey);
    const spki = await webcrypto.subtle.exportKey("spki", serviceAccounts.publicKey);
    await writeFile(publicKeyFile(draft, "service-account"), x509.PemConverter.encode(spki, "PUBLIC KEY"));
    await rename(draft, folder);
}

function serverIdentities(subject: PkiSubject): Record<"apiserver" | "kubelet", Identity> {
    const { node, nodeAddress, apiServiceAddress } = subject;
    const services = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ];
    const dns = (value: string): x509.JsonGeneralName => ({ type: "dns", value });
    const ip = (value: string): x509.JsonGeneralName => ({ type: "ip", value });
    return {
        apiserver: {
            commonName: "kube-apiserver",
            names: [
                ...[...services, "localhost", node].map(dns),
                ...[nodeAddress, apiServiceAddress, "127.0.0.1"].map(ip),
            ],
        },
        kubelet: { commonName: `system:node:${node}`, group: "system:nodes", names: [dns(node), ip(nodeAddress)] },
    };
}

interface Authority {
    readonly certificate: x509.X509Certificate;
    readonly key: webcrypto.CryptoKey;
}

async function makeAuthority(folder: string): Promise<Authority> {
    const keys = await makeKey();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        ...validity(),
        name: [{ CN: ["kubernetes"] }],
        keys,
        signingAlgorithm: ALGORITHM,
        extensions: [
            new x509.BasicConstraintsExtension(true, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    await writeKey(folder, "ca", keys.privateKey);
    await writeFile(path.join(folder, "ca.crt"), certificate.toString("pem"));
    return { certificate, key: keys.privateKey };
}

async function issue(folder: string, name: string, identity: Identity, authority: Authority): Promise<void> {
    const keys = await makeKey();
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
    const { commonName, group, names } = identity;
    const certificate = await x509.X509CertificateGenerator.create({
        ...validity(),
        subject: [...(group === undefined ? [] : [{ O: [group] }]), { CN: [commonName] }],
        issuer: authority.certificate.subjectName,
        publicKey: keys.publicKey,
        signingKey: authority.key,
        signingAlgorithm: ALGORITHM,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension(names === undefined ? [clientAuth] : [serverAuth, clientAuth]),
            await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
            ...(names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        ],
    });
    await writeKey(folder, name, keys.privateKey);
    await writeFile(path.join(folder, `${name}.crt`), certificate.toString("pem"));
}

function validity(): { serialNumber: string; notBefore: Date; notAfter: Date } {
    const notBefore = new Date(Date.now() - 60_000); // clocks differ
    const notAfter = new Date(notBefore);
    notAfter.setFullYear(notAfter.getFullYear() + VALID_YEARS);
    return { serialNumber: `01${randomBytes(15).toString("hex")}`, notBefore, notAfter };
}

async function makeKey(): Promise<webcrypto.CryptoKeyPair> {
    return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function writeKey(folder: string, name: string, key: webcrypto.CryptoKey): Promise<void> {
    const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
    await writeFile(path.join(folder, `${name}.key`), x509.PemConverter.encode(pkcs8, "PRIVATE KEY"), { mode: 0o600 });
}

/** Whether the folder has all keys and certificates. */
export async function hasPki(folder: string): Promise<boolean> {
    return stat(folder).then(
        (found) => found.isDirectory(),
        () => false,
    );
}

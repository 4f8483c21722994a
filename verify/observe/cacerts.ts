/** Secret cacerts: https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/ */
import { controlPlaneOf } from "./controlPlane";
import type { KubernetesView } from "./kubernetes";

/** Names of its files in either of the two shapes that istiod takes; that of cert-manager where `tls.crt` is among them. */
const SHAPES = {
    istio: { certificate: "ca-cert.pem", key: "ca-key.pem", chain: "cert-chain.pem", root: "root-cert.pem" },
    "cert-manager": { certificate: "tls.crt", key: "tls.key", chain: "tls.crt", root: "ca.crt" },
} as const;

/** Certificates that were revoked; istiod takes them beside the rest. https://github.com/istio/istio/pull/56308 */
const REVOKED = "ca-crl.pem";

export interface Cacerts {
    readonly shape: keyof typeof SHAPES;
    /** Names of all its files. */
    readonly files: readonly string[];
    /** Names that the shape wants and the Secret lacks. */
    readonly missing: readonly string[];
    /** Names beside the shape's that hold a private key, or are called one. */
    readonly keys: readonly string[];
    /** PEM; empty where the file is missing. `key` is secret. */
    readonly certificate: string;
    readonly key: string;
    readonly chain: string;
    readonly root: string;
}

/** That of a cluster's control plane; undefined without one. */
export async function cacertsOf(kubernetes: KubernetesView): Promise<Cacerts | undefined> {
    const { namespace } = await controlPlaneOf(kubernetes);
    const secret = await kubernetes.istiod.secret(namespace, "cacerts");
    return secret && readCacerts(secret.data ?? {});
}

/** @param data Base64, by name. */
export function readCacerts(data: Readonly<Record<string, string>>): Cacerts {
    const shape = "tls.crt" in data ? "cert-manager" : "istio";
    const names = SHAPES[shape];
    const wanted: string[] = Object.values(names);
    const text = (name: string): string => Buffer.from(data[name] ?? "", "base64").toString("utf8");
    const files = Object.keys(data).sort();
    return {
        shape,
        files,
        missing: [...new Set(wanted)].filter((name) => text(name) === ""),
        keys: files.filter(
            (name) =>
                !wanted.includes(name) && name !== REVOKED && (/key/i.test(name) || text(name).includes("PRIVATE KEY")),
        ),
        certificate: text(names.certificate),
        key: text(names.key),
        chain: text(names.chain),
        root: text(names.root),
    };
}

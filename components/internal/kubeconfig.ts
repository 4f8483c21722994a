import { parseAllDocuments } from "./yaml";

/** What a remote Secret holds for another cluster's control plane. */
export interface ReaderAccess {
    /** Istio's name of the cluster that may be read. */
    readonly clusterName: string;
    /** URL of its API server. */
    readonly server: string;
    /** CA of the API server, base64 of PEM. */
    readonly certificateAuthority: string;
    /** Bearer token of the reader. */
    readonly token: string;
}

/**
 * A kubeconfig as `istioctl create-remote-secret` writes it, as JSON, which YAML includes. Nothing but an inline CA
 * and a bearer token: istiod refuses files and exec plugins, and a client certificate would be an administrator's.
 */
export function readerKubeconfig({ clusterName, server, certificateAuthority, token }: ReaderAccess): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: clusterName, cluster: { server, "certificate-authority-data": certificateAuthority } }],
        users: [{ name: clusterName, user: { token } }],
        contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
        "current-context": clusterName,
    });
}

/** What a program needs to call the API server. */
export interface PeerAccess {
    readonly server: string;
    /** PEM. */
    readonly certificateAuthority: string;
    readonly token: string;
}

/** A kubeconfig that a remote Secret can hold, and the access that it gives. */
export interface PeerKubeconfig {
    /** Text for the remote Secret. */
    readonly kubeconfig: string;
    readonly access: PeerAccess;
}

/**
 * Reads the kubeconfig of a {@link RemoteReader}, another one, or the Secret that `istioctl create-remote-secret` prints.
 *
 * @param peer Istio's name of the cluster that it has to lead to, if it names one itself.
 * @returns In words what is wrong with the text, which never quote it: it holds a token.
 */
export function peerKubeconfig(text: string, peer: string): PeerKubeconfig | string {
    const document = parsed(text);
    if (at(document, "kind") !== "Secret") return accessIn(text, document);
    const clear = textsOf(at(document, "stringData"));
    const encoded = textsOf(at(document, "data")).map(([key, text]): [string, string] => [key, decode(text)]);
    const [[key, content] = ["no cluster", ""], ...others] = [...clear, ...encoded];
    return key === peer && others.length === 0
        ? accessIn(content, parsed(content))
        : `is a Secret for ${[key, ...others.map(([name]) => name)].join(", ")}, not for ${peer}: istiod takes the name from its key`;
}

function textsOf(map: unknown): [string, string][] {
    return Object.entries(Object(map) as object).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
    );
}

function decode(base64: string): string {
    return Buffer.from(base64, "base64").toString("utf8");
}

/** Of the current context, as istiod takes it. */
function accessIn(kubeconfig: string, config: unknown): PeerKubeconfig | string {
    const named = (list: string, name: unknown): unknown => {
        const entries: unknown = at(config, list);
        return Array.isArray(entries) ? entries.find((entry) => at(entry, "name") === name) : undefined;
    };
    const context = at(named("contexts", at(config, "current-context")), "context");
    if (context === undefined) {
        return "must be a kubeconfig with a current context, or the Secret that `istioctl create-remote-secret` prints";
    }
    const cluster = at(named("clusters", at(context, "cluster")), "cluster");
    const user = at(named("users", at(context, "user")), "user");
    const server = at(cluster, "server");
    const authority = at(cluster, "certificate-authority-data");
    const token = at(user, "token");
    if (typeof server !== "string" || typeof authority !== "string" || typeof token !== "string") {
        return "must hold a server, its CA and a token itself: istiod reads no files and runs no plugins";
    }
    const certificateAuthority = decode(authority);
    return { kubeconfig, access: { server, certificateAuthority, token } };
}

/** The first document of a YAML text; undefined for what is none. */
function parsed(text: string): unknown {
    const [document] = parseAllDocuments(text, { logLevel: "silent" });
    return document === undefined || document.errors.length > 0 ? undefined : document.toJS();
}

function at(value: unknown, ...path: string[]): unknown {
    return path.reduce((part, key) => (part instanceof Object ? Reflect.get(part, key) : undefined), value);
}

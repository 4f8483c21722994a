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

/** What {@link readerKubeconfig} was made of; undefined for another text. */
export function peerAccess(kubeconfig: string): PeerAccess | undefined {
    const config = parsed(kubeconfig);
    const server = at(config, "clusters", 0, "cluster", "server");
    const authority = at(config, "clusters", 0, "cluster", "certificate-authority-data");
    const token = at(config, "users", 0, "user", "token");
    if (typeof server !== "string" || typeof authority !== "string" || typeof token !== "string") {
        return undefined;
    }
    return { server, certificateAuthority: Buffer.from(authority, "base64").toString("utf8"), token };
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function at(value: unknown, ...path: (string | number)[]): unknown {
    return path.reduce((part, key) => (part instanceof Object ? Reflect.get(part, key) : undefined), value);
}

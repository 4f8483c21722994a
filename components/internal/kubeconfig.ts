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

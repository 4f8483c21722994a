/** Kubeconfig files (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). */
import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import { certificateFile, keyFile, type ClientName } from "./pki";

const API_PORT = 6443;

/** What clients of the API server are told. */
export function apiServerUrl(nodeAddress: string): string {
    return `https://${nodeAddress}:${API_PORT}`;
}

/** Kubeconfig of a component, which names the PEM files. */
export function componentKubeconfig(pki: string, client: ClientName, server: string): string {
    return render(
        "local",
        { server, "certificate-authority": certificateFile(pki, "ca") },
        { "client-certificate": certificateFile(pki, client), "client-key": keyFile(pki, client) },
    );
}

/** The administrator's kubeconfig, complete in itself; context, cluster and user are named after the cluster. */
export async function adminKubeconfig(cluster: string, pki: string, server: string): Promise<string> {
    const [authority, certificate, key] = await Promise.all(
        [certificateFile(pki, "ca"), certificateFile(pki, "admin"), keyFile(pki, "admin")].map((file) =>
            readFile(file, "base64"),
        ),
    );
    return render(
        cluster,
        { server, "certificate-authority-data": authority },
        { "client-certificate-data": certificate, "client-key-data": key },
    );
}

function render(name: string, cluster: object, user: object): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    });
}

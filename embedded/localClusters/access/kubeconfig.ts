/** Kubeconfigs of a local cluster. */
import { readFile } from "node:fs/promises";
import { writeKubeconfig } from "../../../shared/kubeconfig";
import { certificateFile, keyFile, type ClientName } from "./pki";

const API_PORT = 6443;

/** What clients of the API server are told. */
export function apiServerUrl(nodeAddress: string): string {
    return `https://${nodeAddress}:${API_PORT}`;
}

/** Kubeconfig of a component, which names the PEM files. */
export function componentKubeconfig(pki: string, client: ClientName, server: string): string {
    return writeKubeconfig(
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
    return writeKubeconfig(
        cluster,
        { server, "certificate-authority-data": authority },
        { "client-certificate-data": certificate, "client-key-data": key },
    );
}

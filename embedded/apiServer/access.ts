/** Credentials of a kubeconfig, as options of an HTTPS request. */
import { readFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http";
import type https from "node:https";
import path from "node:path";
import { type ClusterEntry, impersonation, type UserEntry } from "../../shared/kubeconfig";

/** Which API server, and as whom. */
export interface Kubeconfig {
    /** The whole file, as YAML, with the chosen context as its current one. */
    readonly yaml: string;
    /** The chosen context's cluster: two providers talk to one cluster where it is equal. */
    readonly cluster: ClusterEntry;
    readonly user: UserEntry;
    /** Folder that relative paths in it start from. */
    readonly folder: string;
}

export interface AccessOptions extends https.RequestOptions {
    headers: OutgoingHttpHeaders;
}

/** Gives the options of the next request: tokens run out, and files are renewed. */
export type Access = () => Promise<AccessOptions>;

/** @throws Error for a file that cannot be read; its content is never shown. */
export async function accessOf(kubeconfig: Kubeconfig): Promise<Access> {
    const { cluster, user, folder } = kubeconfig;
    const material = (data: string | undefined, file: string | undefined) =>
        data === undefined ? file && readFile(path.resolve(folder, file)) : Buffer.from(data, "base64");
    const [ca, cert, key] = await Promise.all([
        material(cluster["certificate-authority-data"], cluster["certificate-authority"]),
        material(user["client-certificate-data"], user["client-certificate"]),
        material(user["client-key-data"], user["client-key"]),
    ]);
    const servername = cluster["tls-server-name"];
    const fixed: https.RequestOptions = {
        ...(ca ? { ca } : {}),
        ...(cert ? { cert } : {}),
        ...(key ? { key } : {}),
        ...(servername ? { servername } : {}),
    };
    const authenticate = await authenticator(kubeconfig);
    return async () => {
        const options: AccessOptions = { ...fixed, headers: impersonation(kubeconfig.user) };
        await authenticate(options);
        return options;
    };
}

async function authenticator({ user, folder }: Kubeconfig): Promise<(options: AccessOptions) => Promise<void>> {
    const { exec, token, tokenFile } = user;
    if (exec !== undefined) {
        // Only this module: the library as a whole takes longer to load than most runs last.
        const { ExecAuth } = await import("@kubernetes/client-node/dist/exec_auth.js");
        const plugin = new ExecAuth();
        return (options) => plugin.applyAuthentication({ name: exec.command, exec }, options);
    }
    return async (options) => {
        const bearer = token ?? (tokenFile && (await readFile(path.resolve(folder, tokenFile), "utf8")).trim());
        if (bearer) options.headers.authorization = `Bearer ${bearer}`;
    };
}

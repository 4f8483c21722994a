/** A real API server as it would be with another clock or of another release. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request, type RequestOptions } from "node:https";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { certificateFile, ensurePki, keyFile } from "../../embedded/localClusters/access/pki";
import type { MeshCluster } from "../../verify";

export interface Looks {
    /** Seconds by which its clock is ahead. */
    readonly ahead?: number;
    /** What it says its version is, e.g. `v1.20.0`. */
    readonly version?: string;
    /** Gets every request, as `GET /version`; a port-forward begins with the word itself. */
    readonly asked?: (request: string) => void;
}

/** Takes requests for a cluster's API server, with TLS of its own, and changes what comes back. */
export async function disguise(
    cluster: MeshCluster,
    { ahead = 0, version, asked: note }: Looks,
): Promise<{ readonly cluster: MeshCluster; readonly close: () => void }> {
    const real = new KubeConfig();
    real.loadFromString(cluster.kubeconfig);
    const { hostname, port } = new URL(real.getCurrentCluster()?.server ?? "");
    const account: RequestOptions = { hostname, port };
    await real.applyToHTTPSOptions(account);

    const folder = path.join(mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-disguise-")), "pki");
    await ensurePki(folder, { node: "disguise", nodeAddress: "127.0.0.1", apiServiceAddress: "127.0.0.1" });
    const tls = {
        cert: readFileSync(certificateFile(folder, "apiserver")),
        key: readFileSync(keyFile(folder, "apiserver")),
    };
    const server = createServer(tls, (asked, answer) => {
        const { method, url, headers } = asked;
        note?.(`${method ?? ""} ${url ?? ""}`);
        const passed = request({ ...account, method, path: url, headers: { ...headers, host: hostname } }, (given) => {
            const date = new Date(Date.now() + ahead * 1000).toUTCString();
            const parts: Buffer[] = [];
            given.on("data", (part: Buffer) => parts.push(part));
            given.once("end", () => {
                const body = Buffer.concat(parts).toString("utf8");
                const said =
                    version === undefined ? body : body.replace(/"gitVersion": *"[^"]*"/, `"gitVersion":"${version}"`);
                const { "content-type": type } = given.headers;
                answer.writeHead(given.statusCode ?? 502, {
                    date,
                    ...(type === undefined ? {} : { "content-type": type }),
                });
                answer.end(said);
            });
        });
        passed.once("error", () => answer.destroy());
        asked.pipe(passed);
    });
    // A port-forward is a WebSocket: it is passed on as it is.
    server.on("upgrade", ({ method, url, headers }, near) => {
        note?.(`port-forward ${url ?? ""}`);
        const passed = request({ ...account, method, path: url, headers: { ...headers, host: hostname } });
        passed.once("upgrade", (given, far, first) => {
            const named = Array.from({ length: given.rawHeaders.length / 2 }, (_, index) =>
                given.rawHeaders.slice(2 * index, 2 * index + 2).join(": "),
            );
            near.write(`HTTP/1.1 101 Switching Protocols\r\n${named.join("\r\n")}\r\n\r\n`);
            near.write(first);
            near.pipe(far).pipe(near);
            near.once("error", () => far.destroy());
            far.once("error", () => near.destroy());
        });
        passed.once("error", () => near.destroy());
        passed.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: own } = server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
        {
            name: cluster.name,
            server: `https://127.0.0.1:${own}`,
            caData: readFileSync(certificateFile(folder, "ca")).toString("base64"),
            skipTLSVerify: false,
        },
        { name: "disguised" },
    );
    return {
        cluster: { ...cluster, kubeconfig: config.exportConfig() },
        close: () => {
            server.close();
            server.closeAllConnections();
            rmSync(path.dirname(folder), { recursive: true });
        },
    };
}

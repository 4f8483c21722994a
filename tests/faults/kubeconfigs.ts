/** Kubeconfigs as people have them: what they lead to is judged as ever, and one that leads nowhere is named. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type Context, contextOf, readKubeconfig, writeKubeconfig } from "../../shared/kubeconfig";
import { CHECKS } from "../../verify/checks";
import type { Mesh } from "../../verify";
import type { BrokenMesh } from "../support/brokenMesh";
import { runChecks } from "../../verify/runner";
import { withDisguise, withEast } from "./pre";
import { bySelf } from "./ways";

type Entries = Pick<Context, "cluster" | "user">;

/** Of the whole proof without the probe, to one API server; the second for questions to istiod and proxies. */
const [MOST_REQUESTS, MOST_FORWARDS] = [30, 12];

interface Kind {
    /** As the title of a test. */
    readonly what: string;
    /** @param folder For files, which are removed afterwards. */
    readonly make: (mesh: BrokenMesh, own: Entries, folder: string) => Entries | Promise<Entries>;
    /** What is to hold afterwards. */
    readonly after?: (folder: string) => void;
}

const decoded = (value = ""): string => Buffer.from(value, "base64").toString("utf8");

/** A file of a folder, written. */
function file(folder: string, name: string, content: string): string {
    const place = path.join(folder, name);
    writeFileSync(place, content, { mode: 0o600 });
    return place;
}

export const KINDS: readonly Kind[] = [
    {
        what: "a plugin, which is started once",
        make(_, { cluster, user }, folder) {
            const status = {
                clientCertificateData: decoded(user["client-certificate-data"]),
                clientKeyData: decoded(user["client-key-data"]),
            };
            const answer = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
            const credential = file(folder, "credential.json", JSON.stringify(answer));
            const command = file(folder, "plugin", `#!/bin/sh\necho started >> ${folder}/starts\ncat ${credential}\n`);
            chmodSync(command, 0o700);
            const exec = { apiVersion: answer.apiVersion, command, interactiveMode: "Never" };
            return { cluster, user: { exec } };
        },
        after(folder) {
            expect(readFileSync(path.join(folder, "starts"), "utf8")).to.equal("started\n");
        },
    },
    {
        what: "files of certificates and a key",
        make: (_, { cluster, user }, folder) => ({
            cluster: {
                server: cluster.server,
                "certificate-authority": file(folder, "ca.crt", decoded(cluster["certificate-authority-data"])),
            },
            user: {
                "client-certificate": file(folder, "client.crt", decoded(user["client-certificate-data"])),
                "client-key": file(folder, "client.key", decoded(user["client-key-data"])),
            },
        }),
    },
    {
        what: "a file of a token",
        async make(mesh, { cluster }, folder) {
            return { cluster, user: { tokenFile: file(folder, "token", await administrator(mesh)) } };
        },
    },
    {
        what: "an administrator who acts as another one",
        async make(mesh, { cluster, user }) {
            await administrator(mesh);
            return { cluster, user: { ...user, as: "system:serviceaccount:default:administrator" } };
        },
    },
    {
        what: "an administrator who acts as a member of several groups, with extra fields",
        make: (_, { cluster, user }) => ({
            cluster,
            user: {
                ...user,
                as: "somebody",
                "as-groups": ["readers", "system:masters"],
                "as-user-extra": { "example.org/scopes": ["view", "list"] },
            },
        }),
    },
    {
        what: "an address that the server's certificate does not have, and the name that it has",
        async make(mesh, { cluster, user }) {
            const { hostname, port } = new URL(cluster.server);
            const forwarder = net.createServer((client) => {
                const server = net.connect(Number(port), hostname);
                client.on("error", () => server.destroy()).pipe(server);
                server.on("error", () => client.destroy()).pipe(client);
            });
            await new Promise<void>((done) => forwarder.listen(0, "127.0.0.2", done));
            mesh.later(() => forwarder.close());
            const at = forwarder.address() as AddressInfo;
            return {
                cluster: { ...cluster, server: `https://127.0.0.2:${at.port}`, "tls-server-name": "kubernetes" },
                user,
            };
        },
    },
    {
        what: "a proxy",
        async make(mesh, { cluster, user }) {
            const proxy = http
                .createServer()
                .on("connect", ({ url = "" }: http.IncomingMessage, client: net.Socket) => {
                    const [host = "", port] = url.split(":");
                    const server = net.connect(Number(port), host, () => {
                        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
                        server.pipe(client).pipe(server);
                    });
                    client.on("error", () => server.destroy());
                    server.on("error", () => client.destroy());
                });
            await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
            mesh.later(() => proxy.close());
            const at = proxy.address() as AddressInfo;
            return { cluster: { ...cluster, "proxy-url": `http://127.0.0.1:${at.port}` }, user };
        },
    },
];

/** Makes an account with all rights in east. @returns A token of it. */
async function administrator(mesh: BrokenMesh): Promise<string> {
    await mesh.kubectl("east", ["create", "serviceaccount", "administrator"]);
    mesh.later(() => mesh.kubectl("east", ["delete", "serviceaccount", "administrator"]));
    const role = ["--clusterrole=cluster-admin", "--serviceaccount=default:administrator"];
    await mesh.kubectl("east", ["create", "clusterrolebinding", "administrator", ...role]);
    mesh.later(() => mesh.kubectl("east", ["delete", "clusterrolebinding", "administrator"]));
    return (await mesh.kubectl("east", ["create", "token", "administrator"])).trim();
}

/** The mesh with another kubeconfig of east, as `--contexts` finds it. */
export async function withKubeconfig(
    mesh: BrokenMesh,
    make: (own: Entries) => Entries | Promise<Entries>,
): Promise<Mesh> {
    const east = mesh.mesh.clusters.find(({ name }) => name === "east");
    if (east === undefined) throw new Error("the mesh has no east");
    const { cluster, user } = await make(contextOf(readKubeconfig(east.kubeconfig), east.context));
    return withEast(mesh, { kubeconfig: writeKubeconfig("c", cluster, user), context: "c" });
}

export function describeKubeconfigs(title: string, mesh: BrokenMesh): void {
    describe(title, () => {
        for (const { what, make, after } of KINDS) {
            it(what, async () => {
                const folder = mkdtempSync(path.join(tmpdir(), "mesh-kubeconfig-"));
                mesh.later(() => {
                    rmSync(folder, { recursive: true });
                });
                try {
                    const changed = await withKubeconfig(mesh, (own) => make(mesh, own, folder));
                    const results = await mesh.results(CHECKS, "pass", () => bySelf({ mesh: changed }));
                    const others = results.filter(({ result }) => result !== "pass");
                    expect(others.map(({ id, cause, seen }) => [id, cause, ...seen])).to.deep.equal([]);
                    after?.(folder);
                } finally {
                    await mesh.mend();
                }
            });
        }

        it("an API server, which is asked for each thing once", async () => {
            const asked: string[] = [];
            try {
                const watched = await withDisguise(mesh, { asked: (request) => asked.push(request) });
                const { checks } = await runChecks(watched, CHECKS, { patience: 0 });
                expect(checks.filter(({ result }) => result !== "pass").map(({ id }) => id)).to.deep.equal([]);
            } finally {
                await mesh.mend();
            }
            const forwards = asked.filter((request) => request.startsWith("port-forward"));
            const requests = asked.filter((request) => !forwards.includes(request));
            const repeated = requests.filter((request, index) => requests.indexOf(request) < index);
            console.log(`      ${requests.length} requests, ${forwards.length} ports forwarded`);
            expect(repeated).to.deep.equal([]);
            expect(requests.length).to.be.at.most(MOST_REQUESTS);
            expect(forwards.length).to.be.at.most(MOST_FORWARDS);
        });
    });
}

/** How users of kubeconfigs prove who they are: plugins, files of tokens, and on behalf of whom. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { UserEntry } from "../../../shared/kubeconfig";
import { OwnCredentials } from "../../../verify/observe/credentials";

describe("credentials of a kubeconfig's user", () => {
    let folder: string;
    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-credentials-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    const cluster = { server: "https://127.0.0.1:6443" };
    /** What is sent with a request. */
    async function sent(user: UserEntry): Promise<Parameters<OwnCredentials["applyAuthentication"]>[1]> {
        const options = { headers: { Accept: "application/json" } };
        await new OwnCredentials({ cluster, user }).applyAuthentication(undefined, options);
        return options;
    }
    async function refusal(user: UserEntry): Promise<string> {
        return sent(user).then(
            () => "none",
            (error: unknown) => String(error),
        );
    }
    async function plugin(script: string): Promise<NonNullable<UserEntry["exec"]>> {
        const command = path.join(folder, "plugin");
        await writeFile(command, `#!/bin/sh\necho started >> ${folder}/starts\n${script}\n`);
        await chmod(command, 0o700);
        return { apiVersion: "client.authentication.k8s.io/v1", command, args: ["--secret", "s3cr3t"] };
    }
    const credential = (status: object): string =>
        `cat <<'END'\n${JSON.stringify({ kind: "ExecCredential", status })}\nEND`;
    const starts = async (): Promise<number> =>
        (await readFile(path.join(folder, "starts"), "utf8")).split("\n").length - 1;

    it("are those of a plugin, which is started once for all requests", async () => {
        const exec = await plugin(credential({ token: "t", clientCertificateData: "cert", clientKeyData: "key" }));
        const all = await Promise.all([sent({ exec }), sent({ exec }), sent({ exec })]);
        for (const options of all) {
            expect(options).to.deep.equal({
                cert: "cert",
                key: "key",
                headers: { Accept: "application/json", Authorization: "Bearer t" },
            });
        }
        expect(await starts()).to.equal(1);
    });

    it("are asked for again once they are over", async () => {
        const exec = await plugin(credential({ token: "t", expirationTimestamp: "2020-01-01T00:00:00Z" }));
        await sent({ exec });
        await Promise.all([sent({ exec }), sent({ exec })]);
        expect(await starts()).to.equal(2);
        const lasting = {
            ...(await plugin(credential({ token: "t", expirationTimestamp: "2100-01-01T00:00:00Z" }))),
            args: [],
        };
        await sent({ exec: lasting });
        await sent({ exec: lasting });
        expect(await starts()).to.equal(3);
    });

    it("are told of the cluster where the plugin wants to know it", async () => {
        const exec = await plugin(
            `printf '{"status": {"token": "%s"}}' "$(printf '%s' "$KUBERNETES_EXEC_INFO" | base64 -w0)"`,
        );
        const { headers } = await sent({ exec: { ...exec, provideClusterInfo: true } });
        const told = Buffer.from(String(headers?.["Authorization"]).replace("Bearer ", ""), "base64").toString("utf8");
        expect(JSON.parse(told)).to.deep.equal({
            apiVersion: "client.authentication.k8s.io/v1",
            kind: "ExecCredential",
            spec: { interactive: false, cluster },
        });
    });

    it("say why a plugin failed, and show neither its arguments nor its answer", async () => {
        const failing = await plugin("echo log in first >&2; exit 3");
        expect(await refusal({ exec: failing })).to.equal(
            `Error: the plugin ${failing.command} of its kubeconfig failed: log in first`,
        );
        expect(await refusal({ exec: await plugin("echo s3cr3t") })).to.equal(
            `Error: the plugin ${failing.command} of its kubeconfig gave no ExecCredential`,
        );
        expect(await refusal({ exec: { command: path.join(folder, "nowhere") } })).to.contain(
            "failed: it says nothing",
        );
    });

    it("are a token in a file, as it is now", async () => {
        const tokenFile = path.join(folder, "token");
        for (const token of ["first", "second"]) {
            await writeFile(tokenFile, `${token}\n`);
            expect((await sent({ tokenFile })).headers?.["Authorization"]).to.equal(`Bearer ${token}`);
        }
    });

    it("act as a user of several groups with extra fields, which are sent one by one", async () => {
        const extra = { "example.org/scopes": ["view", "list"] };
        const user = { as: "somebody", "as-groups": ["readers", "writers"], "as-uid": "7", "as-user-extra": extra };
        const expected = {
            "Impersonate-User": ["somebody"],
            "Impersonate-Group": ["readers", "writers"],
            "Impersonate-Uid": ["7"],
            "Impersonate-Extra-example.org%2Fscopes": ["view", "list"],
        };
        expect((await sent(user)).headers).to.deep.include(expected);
    });
});

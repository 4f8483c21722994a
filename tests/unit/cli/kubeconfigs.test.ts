/** Kubeconfigs as kubectl takes them: several files, paths, leftovers, and what is never said of them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { explainError } from "../../../cli/exit";
import { meshOf } from "../../../cli/target";
import { readKubeconfigs } from "../../../cli/target/kubeconfigs";
import type { Session } from "../../../cli/session";
import { RecordingTerminal } from "./terminal";

describe("kubeconfigs", () => {
    let folder: string;
    const { KUBECONFIG } = process.env;
    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-kubeconfigs-"));
    });
    afterEach(async () => {
        if (KUBECONFIG === undefined) delete process.env["KUBECONFIG"];
        else process.env["KUBECONFIG"] = KUBECONFIG;
        await rm(folder, { recursive: true });
    });

    async function file(name: string, content: string | object): Promise<string> {
        const place = path.join(folder, name);
        await writeFile(place, typeof content === "string" ? content : JSON.stringify(content));
        return place;
    }
    const named = (name: string, user: object = { token: "s3cr3t" }, cluster: object = {}) => ({
        clusters: [{ name, cluster: { server: `https://${name}.invalid:6443`, ...cluster } }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
    });
    /** What a person is told of contexts of a file. */
    async function told(kubeconfig: string, ...contexts: string[]): Promise<string> {
        const never = () => Promise.reject(new Error("nothing is made"));
        const session: Session = {
            ...{ folder, home: folder, terminal: new RecordingTerminal() },
            ...{ toolchain: never, clusters: never },
        };
        const error: unknown = await meshOf(session, { kubeconfig, contexts }).catch((found: unknown) => found);
        return explainError(error).text;
    }

    it("are the files of KUBECONFIG, of which the first counts where names are equal", async () => {
        const files = [
            await file("one", named("west", { token: "first" })),
            await file("two", { ...named("west", { token: "second" }), current: "x" }),
            await file("three", named("east")),
        ];
        process.env["KUBECONFIG"] = [...files, path.join(folder, "absent")].join(path.delimiter);
        const found = readKubeconfigs(undefined);
        expect(found?.contexts.map(({ name }) => name)).to.deep.equal(["west", "east"]);
        expect(found?.users).to.deep.equal([
            { name: "west", user: { token: "first" } },
            { name: "east", user: { token: "s3cr3t" } },
        ]);
    });

    it("have paths from their own folders, but for commands that are on PATH", async () => {
        const user = { tokenFile: "token", "client-key": "/keys/own", "as-groups": ["readers"] };
        const found = readKubeconfigs(
            await file("config", named("west", user, { "certificate-authority": "pki/ca.crt" })),
        );
        expect(found?.users[0]?.["user"]).to.deep.equal({ ...user, tokenFile: path.join(folder, "token") });
        expect(found?.clusters[0]?.["cluster"]).to.deep.include({
            "certificate-authority": path.join(folder, "pki/ca.crt"),
        });
        for (const [command, expected] of [
            ["./plugin", path.join(folder, "plugin")],
            ["aws", "aws"],
        ]) {
            const exec = { command, args: ["token"] };
            const plugin = readKubeconfigs(await file("config", named("west", { exec })));
            expect(plugin?.users[0]?.["user"]).to.deep.equal({ exec: { ...exec, command: expected } });
        }
    });

    it("may have contexts that lead nowhere, which are named when they are asked for", async () => {
        const leftover = { name: "leftover", context: { namespace: "demo" } };
        const { contexts, ...whole } = named("west");
        const place = await file("config", { ...whole, contexts: [leftover, ...contexts] });
        expect(await told(place, "leftover")).to.contain("context leftover of the kubeconfig names no cluster");
        expect(await told(place, "leftover", "absent")).to.contain("the kubeconfig has no such context");
    });

    it("are refused where they turn verification off", async () => {
        const place = await file("config", named("west", {}, { "insecure-skip-tls-verify": true }));
        expect(await told(place, "west")).to.contain("a cluster that is not verified may be anybody's");
    });

    it("are never quoted", async () => {
        const broken = await file("config", `users:\n- name: u\n  user: {token: "s3cr3t, }\n`);
        const said = await told(broken, "west");
        expect(said).to.contain("is no YAML").and.to.contain(broken).and.not.to.contain("s3cr3t");
        const twice = await file("config", `users: []\nclusters: []\ncontexts: []\ntoken: s3cr3t\ntoken: s3cr3t\n`);
        expect(await told(twice, "west"))
            .to.contain("is no YAML")
            .and.not.to.contain("s3cr3t");
    });
});

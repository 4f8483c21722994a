import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Config, resolveConfig } from "../../../../embedded/host/config";
import { readProject, readStackSettings } from "../../../../hosts/interface/project";
import { Crypter } from "../../../../embedded/host/state/secrets";
import { rejection } from "./rejection";

describe("project and configuration", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "host-project-"));
    });
    afterEach(async () => {
        await rm(folder, { recursive: true });
    });

    async function config(project: string, stack: string, crypter?: Crypter, overrides = {}): Promise<Config> {
        await writeFile(join(folder, "Pulumi.yaml"), `name: demo\nruntime: nodejs\n${project}`);
        await writeFile(join(folder, "Pulumi.dev.yaml"), stack);
        const read = await readProject(folder);
        return resolveConfig(read, await readStackSettings(read, "dev"), overrides, crypter);
    }

    it("puts the stack's values over the project's, and the host's over both", async () => {
        const project = "config: {a: 1, b: {default: [x], type: array}, c: {value: no}, aws:region: {value: eu}}";
        const { values, secretKeys } = await config(project, "config: {demo:a: 2, d: {e: [true]}}", undefined, {
            "demo:c": "host",
        });
        expect(values).to.deep.equal({
            "demo:a": "2",
            "demo:b": '["x"]',
            "demo:c": "host",
            "aws:region": "eu",
            "demo:d": '{"e":[true]}',
        });
        expect(secretKeys).to.deep.equal([]);
    });

    it("merges keys, as Pulumi does", async () => {
        const stack = "config:\n  a: &a { source: existing, context: one }\n  b: { <<: *a, context: two }\n";
        const { values } = await config("", stack);
        expect(JSON.parse(values["demo:b"] ?? "")).to.deep.equal({ source: "existing", context: "two" });
    });

    it("takes no file in another encoding, and none that nobody has written by hand", async () => {
        await config("", "config: {}");
        const read = await readProject(folder);
        const refusal = async (content: string | Buffer) => {
            await writeFile(join(folder, "Pulumi.dev.yaml"), content);
            return (await rejection(readStackSettings(read, "dev"))).message;
        };
        expect(await refusal(Buffer.from("config: {}", "utf16le"))).to.contain("Pulumi.dev.yaml: is not UTF-8");
        expect(await refusal(Buffer.from([0x63, 0x3a, 0xff, 0xfe]))).to.contain("is not UTF-8");
        expect(await refusal(`# ${"x".repeat(2_000_000)}`)).to.contain("has 3 MB, and may have 1 MB");
    });

    it("opens secrets, also inside structures", async () => {
        const crypter = await Crypter.create("pass");
        const stack = JSON.stringify({
            encryptionsalt: crypter.salt,
            config: {
                "demo:key": { secure: crypter.encrypt("k1") },
                "demo:all": { user: "u", tokens: [{ secure: crypter.encrypt("t1") }] },
            },
        });
        const { values, secretKeys } = await config("", stack, crypter);
        expect(values).to.deep.equal({ "demo:key": "k1", "demo:all": '{"user":"u","tokens":["t1"]}' });
        expect(secretKeys).to.deep.equal(["demo:key", "demo:all"]);
    });

    it("reports every value that is missing or of another type, and no secret's value", async () => {
        const crypter = await Crypter.create("pass");
        const secure = crypter.encrypt("forty-two");
        const project = "config: {a: {type: integer}, b: {type: boolean}, c: {type: string}, d: {type: integer}}";
        const { message } = await rejection(
            config(project, `config: {demo:b: perhaps, demo:c: x, demo:d: {secure: "${secure}"}}`, crypter),
        );
        const lines = message.split("\n");
        expect(lines).to.have.length(3);
        expect(lines[0]).to.contain("config.demo:a: the project needs this value");
        expect(lines[1]).to.contain('config.demo:b: Pulumi.yaml declares it as boolean (found "perhaps")');
        expect(lines[2]).to.contain("config.demo:d: Pulumi.yaml declares it as integer.");
        expect(message).not.to.contain("forty-two");
    });

    it("reports a secret that another key sealed", async () => {
        const [mine, other] = await Promise.all([Crypter.create("pass"), Crypter.create("pass")]);
        const stack = `config: {demo:key: {secure: "${other.encrypt("x")}"}}`;
        const { message } = await rejection(config("", stack, mine));
        expect(message).to.contain("was not encrypted under this stack's passphrase and salt");
    });

    it("says where YAML ends to be one, and nothing of what is there: it may be a token", async () => {
        for (const stack of ["config: 1\n]TOKEN", "- a\nb: TOKEN", 'config: "\\xTOKEN"']) {
            const { message } = await rejection(config("", stack));
            expect(message).to.match(/Pulumi\.\w+\.yaml: this is not valid YAML: .*line \d+, column \d+/);
            expect(message).not.to.contain("TO");
        }
    });

    const wrong: Record<string, readonly [string, string]> = {
        "an unknown key": ["mian: index.ts", "mian"],
        "another runtime's options": ["description: [1]", "description"],
        "YAML that is none": ["config: {", "this is not valid YAML"],
    };
    for (const [what, [project, expected]] of Object.entries(wrong)) {
        it(`refuses ${what}`, async () => {
            const { message, name } = await rejection(config(project, ""));
            expect(name).to.equal("ProblemsError");
            expect(message).to.contain("Pulumi.yaml").and.to.contain(expected);
        });
    }

    it("refuses a folder without a project, and a stack name with a slash", async () => {
        expect((await rejection(readProject(folder))).message).to.contain("a Pulumi project has this file");
        await config("", "");
        const project = await readProject(folder);
        expect((await rejection(readStackSettings(project, "a/b"))).message).to.contain("stack");
    });
});

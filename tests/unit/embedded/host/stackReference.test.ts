import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import * as host from "../../../../embedded/host";
import { FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/reference";

const { up, preview } = inline(program);

describe("stack references on the embedded host", function () {
    this.timeout(30_000);

    let project: FakeProject;

    before(async () => {
        project = await FakeProject.create("reference");
        const salt = `encryptionsalt: ${project.salt}\n`;
        await writeFile(join(project.folder, "Pulumi.east.yaml"), salt);
    });
    after(async () => {
        await project.remove();
    });

    const run = (command: typeof up, stack: string, peer: string) =>
        command(project.options([], {}, { stack, config: { "demo:peer": peer } }));

    it("has no outputs of a stack that was only configured", async () => {
        const { outputs } = await run(preview, "dev", "east");
        expect(outputs).to.deep.equal({ seen: { password: false }, own: "dev", password: "[secret]" });
    });

    it("gives a sibling's outputs, secrets as secrets, by either form of its name", async () => {
        await run(up, "east", "dev");
        for (const peer of ["east", "organization/demo/east"]) {
            const { outputs } = await run(up, "dev", peer);
            expect(outputs).to.deep.equal({
                seen: { own: "east", password: true },
                relayed: "[secret]",
                own: "dev",
                password: "[secret]",
            });
        }
    });

    it("does not know other stacks and projects", async () => {
        const peers = ["nowhere", "organization/other/east"];
        const [missing, foreign] = await Promise.all(peers.map((peer) => run(host.preview, "dev", peer)));
        expect(missing?.errors.join()).to.contain('unknown stack "nowhere"');
        expect(foreign?.errors.join()).to.contain("only stacks of this project");
    });

    it("leaves out secrets under another passphrase, and says so", async () => {
        process.env["PULUMI_CONFIG_PASSPHRASE"] = "another one";
        const { outputs } = await run(preview, "west", "east");
        expect(outputs["seen"]).to.deep.equal({ own: "east", password: true });
        expect(project.shown).to.contain("is under another passphrase: its secrets are left out");
        process.env["PULUMI_CONFIG_PASSPHRASE"] = project.passphrase;
    });
});

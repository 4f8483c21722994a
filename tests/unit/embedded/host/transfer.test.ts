/** A state that leaves a host and comes back. */
import { expect } from "chai";
import { readFile, rm, stat } from "node:fs/promises";
import { exportState, importState, stackOutputs } from "../../../../embedded/host";
import { inClear } from "../../../../embedded/host/state/checkpoint";
import { FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/graph";
import { rejection } from "./rejection";

const { up } = inline(program);
const RESOURCES = [{ name: "a", inputs: { key: { secret: "the key" } } }];
const OUTPUTS = { of: "a" };

describe("a state that moves", function () {
    this.timeout("30s");
    let project: FakeProject;
    let encrypted: string;
    let clear: string;

    before(async () => {
        project = await FakeProject.create();
        await up(project.options(RESOURCES, OUTPUTS));
        encrypted = await exportState(project.options([]));
        clear = await exportState(project.options([]), { showSecrets: true });
    });
    beforeEach(() => rm(project.stateFile, { force: true }));
    after(() => project.remove());

    it("comes back as it left, for its owner only", async () => {
        await importState(project.options([]), encrypted);
        expect(await readFile(project.stateFile, "utf8")).to.equal(encrypted);
        expect((await stat(project.stateFile)).mode & 0o777).to.equal(0o600);
        expect((await up(project.options(RESOURCES, OUTPUTS))).counts).to.include({ create: 0, update: 0, same: 3 });
    });

    it("is encrypted where it came in clear, also from another provider of secrets", async () => {
        const service = clear.replace(
            /"secrets_providers": \{[^]*?\n {4}\}/,
            '"secrets_providers": {"type": "service"}',
        );
        expect(service).to.contain('"type": "service"').and.to.contain("the key");
        await importState(project.options([]), service);
        expect(await readFile(project.stateFile, "utf8")).not.to.contain("the key");
        expect(await exportState(project.options([]), { showSecrets: true })).to.equal(clear);
        expect(await stackOutputs(project.options([]))).to.deep.equal({ outputs: { of: "a" } });
    });

    it("does not replace one that has resources", async () => {
        await importState(project.options([]), encrypted);
        const { message } = await rejection(importState(project.options([]), encrypted));
        expect(message).to.contain("stack dev has 3 resources here already").and.to.contain("Destroy them first.");
    });

    const refused: readonly (readonly [what: string, text: () => string, says: string])[] = [
        ["no JSON", () => "nothing", "it is no state of a stack that this host can open (Unexpected token"],
        [
            "another stack's",
            () => clear.replaceAll("urn:pulumi:dev::", "urn:pulumi:prod::"),
            "it is the state of stack prod",
        ],
        ["another format", () => encrypted.replace('"version": 3', '"version": 9'), "version:"],
        ["secrets that a service encrypted", () => encrypted.replace('"passphrase"', '"service"'), "--show-secrets"],
        [
            "damaged secrets",
            () => inClear(encrypted, () => "x").replaceAll('"plaintext"', '"ciphertext"'),
            "ciphertext",
        ],
    ];
    for (const [what, text, says] of refused) {
        it(`is refused, with nothing written: ${what}`, async () => {
            expect((await rejection(importState(project.options([]), text()))).message).to.contain(says);
            expect(await stat(project.stateFile).catch(() => "absent")).to.equal("absent");
        });
    }
});

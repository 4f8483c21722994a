import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Checkpoint, CheckpointCodec, parseCheckpoint } from "../../../../embedded/host/state/checkpoint";
import { NO_OPTIONS } from "../../../../embedded/host/protocol/goal";
import { newResource } from "../../../../embedded/host/state/resource";
import { Crypter } from "../../../../embedded/host/state/secrets";
import { lockState, readState, writeState } from "../../../../embedded/host/state/stateFile";
import { Secret } from "../../../../embedded/host/state/values";
import { rejection } from "./rejection";

const noop = (): void => undefined;

describe("checkpoint", () => {
    it("keeps everything, with secrets encrypted, and the ciphertext of an unchanged secret", async () => {
        const codec = new CheckpointCodec(await Crypter.create("pass"));
        const goal = { ...NO_OPTIONS, type: "fake:index:Thing", name: "a", custom: true };
        const inputs = { key: new Secret({ pem: "KEY" }), list: [1, null], empty: "" };
        const resource = { ...newResource("urn:a", { ...goal, inputs, dependencies: ["urn:b"] }, []), id: "a-1" };
        const checkpoint: Checkpoint = { resources: [resource], pending: [{ type: "updating", resource }] };
        const text = codec.encode(checkpoint);
        expect(text).not.to.contain("KEY");
        const read = codec.decode(parseCheckpoint(text));
        expect(read.resources[0]).to.deep.include(resource);
        expect(read.pending[0]?.type).to.equal("updating");
        const cipher = /"ciphertext": "([^"]+)"/;
        expect(cipher.exec(codec.encode(read))?.[1]).to.equal(cipher.exec(text)?.[1]);
    });

    it("leaves out what Pulumi leaves out", async () => {
        const codec = new CheckpointCodec(await Crypter.create("pass"));
        const resource = newResource("urn:c", { ...NO_OPTIONS, type: "demo:index:C", name: "c", custom: false }, []);
        const { deployment } = JSON.parse(codec.encode({ resources: [resource], pending: [] })) as {
            deployment: { resources: unknown[] };
        };
        expect(deployment.resources).to.deep.equal([{ urn: "urn:c", type: "demo:index:C", custom: false }]);
    });
});

describe("state file", () => {
    let folder: string;
    let file: string;
    let text: string;

    before(async () => {
        text = new CheckpointCodec(await Crypter.create("pass")).encode({ resources: [], pending: [] });
    });
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "host-state-"));
        file = join(folder, "stacks", "dev.json");
    });
    afterEach(async () => {
        await rm(folder, { recursive: true });
    });

    it("does not exist before the first update", async () => {
        expect(await readState(file)).to.equal(undefined);
    });

    it("is its owner's only, and keeps its previous version, which a damaged file's message names", async () => {
        await writeState(file, text);
        await writeState(file, `${text}\n`);
        expect((await stat(file)).mode & 0o777).to.equal(0o600);
        expect(await readFile(`${file}.previous`, "utf8")).to.equal(text);
        await writeFile(file, text.slice(0, 40));
        const { message, name } = await rejection(readState(file));
        expect(name).to.equal("ProblemsError");
        expect(message).to.contain(`${file}: the stack's state is damaged`);
        expect(message).to.contain(`cp ${file}.previous ${file}`);
    });

    it("says so when a damaged file has no previous version, or is of another format", async () => {
        await writeState(file, '{"version": 2, "deployment": {}}');
        const { message } = await rejection(readState(file));
        expect(message).to.contain("version").and.to.contain("There is no previous version");
    });

    it("is changed by one run at a time; the other hears whose", async () => {
        const unlock = await lockState(file, "up", noop, noop);
        const { message } = await rejection(lockState(file, "destroy", noop, noop));
        expect(message).to.contain(`being changed by \`up\`, process ${process.pid}`);
        await unlock();
        await (
            await lockState(file, "destroy", noop, noop)
        )();
    });
});

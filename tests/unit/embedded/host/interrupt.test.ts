import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { up } from "../../../../embedded/host";
import { done, type Entry, FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/graph";
import { rejection } from "./rejection";

const ENTRIES: readonly Entry[] = [
    { name: "a", inputs: { delay: 400 } },
    { name: "b", inputs: { from: "$a.out" } },
];

describe("an interrupted run of the embedded host", function () {
    this.timeout(30_000);

    let project: FakeProject;

    beforeEach(async () => {
        project = await FakeProject.create();
    });
    afterEach(async () => {
        await project.remove();
    });

    /** Runs until step `a` waits, then calls `then`. */
    async function runUntilWaiting(then: () => void, signals: { interrupt?: AbortSignal; abort?: AbortSignal }) {
        let told = false;
        const options = project.options(
            ENTRIES,
            {},
            {
                ...signals,
                events: (event) => {
                    if (event.event !== "waiting" || told) return;
                    told = true;
                    then();
                },
            },
        );
        return await up(options);
    }

    it("finishes running steps, saves, and begins no other", async () => {
        const interrupt = new AbortController();
        const summary = await runUntilWaiting(
            () => {
                interrupt.abort();
            },
            { interrupt: interrupt.signal },
        );
        expect(summary.result).to.equal("interrupted");
        expect(project.world.calls).to.deep.equal(["create a"]);
        const resumed = await inline(program).up(project.options(ENTRIES));
        expect(done(resumed)).to.deep.equal(["create b"]);
    });

    it("ends running steps as well when told twice, and tells the next run", async () => {
        const [interrupt, abort] = [new AbortController(), new AbortController()];
        const summary = await runUntilWaiting(
            () => {
                interrupt.abort();
                abort.abort();
            },
            { interrupt: interrupt.signal, abort: abort.signal },
        );
        expect(summary.result).to.equal("interrupted");
        expect(project.world.calls).to.deep.equal([]);
        expect((await project.recorded()).has("a")).to.equal(false);
        const resumed = await inline(program).up(project.options(ENTRIES));
        expect(done(resumed)).to.deep.equal(["create a", "create b"]);
        expect(project.world.resumed).to.deep.equal(["a"]);
    });

    it("is gone on with after a kill -9, and shut out before", async () => {
        const script = join(__dirname, "programs", "runner.ts");
        const args = ["--import", "tsx", script, project.folder, JSON.stringify(ENTRIES)];
        const runner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        await once(runner.stdout, "data");
        const held = await rejection(up(project.options(ENTRIES)));
        expect(held.message).to.contain(`being changed by \`up\`, process ${String(runner.pid)}`);
        runner.kill("SIGKILL");
        await once(runner, "exit");

        const summary = await inline(program).up(project.options(ENTRIES));
        expect(summary.result).to.equal("succeeded");
        expect(done(summary)).to.deep.equal(["create a", "create b"]);
        expect(project.world.resumed).to.deep.equal(["a"]);
        expect(project.shown).to.contain("died; waiting for its lock to expire");
        expect(project.shown).to.contain('was cut off while creating fake:index:Thing \\"a\\"');
    });
});

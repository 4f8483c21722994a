import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { display, preview, stackOutputs, type Summary, up } from "../../../../embedded/host";
import { done, type Entry, FakeProject } from "./fakeProject";
import { inline } from "./inline";
import { program } from "./programs/graph";
import { rejection } from "./rejection";

describe("failures on the embedded host", function () {
    this.timeout(30_000);

    let project: FakeProject;

    beforeEach(async () => {
        project = await FakeProject.create();
    });
    afterEach(async () => {
        await project.remove();
    });

    it("stops dependents of a failed step, finishes running ones, and goes on the next time", async () => {
        const entries: readonly Entry[] = [
            { name: "slow", inputs: { delay: 300 } },
            { name: "bad", inputs: { delay: 100, key: { secret: "tr0ub4dor&3" } } },
            { name: "after", inputs: { from: "$bad.out" } },
            { name: "later", inputs: { from: "$slow.out" } },
        ];
        project.world.broken.add("bad");
        const failed = await up(project.options(entries));
        expect(failed.result).to.equal("failed");
        expect(failed.errors).to.deep.equal([
            'create of fake:index:Thing "bad" failed: cannot create with key "[secret]"',
        ]);
        expect(project.world.calls).to.deep.equal(["create slow"]);
        expect((await project.recorded()).has("slow")).to.equal(true);

        project.world.broken.clear();
        const resumed = await inline(program).up(project.options(entries));
        expect(resumed.result).to.equal("succeeded");
        expect(done(resumed)).to.have.members(["create bad", "create after", "create later"]);
    });

    it("records what never became ready, and updates it the next time", async () => {
        project.world.unready.add("a");
        const failed = await up(project.options([{ name: "a" }]));
        expect(failed.errors.join()).to.contain("not ready\n0 of 1 up");
        expect((await project.recorded()).get("a")).to.deep.include({ id: "a-1", initErrors: ["0 of 1 up"] });
        project.world.unready.clear();
        const resumed = await inline(program).up(project.options([{ name: "a" }]));
        expect(done(resumed)).to.deep.equal(["update a"]);
        expect((await project.recorded()).get("a")?.initErrors).to.equal(undefined);
    });

    it("runs side by side what the graph allows, and no more than allowed", async () => {
        const entries = Array.from({ length: 6 }, (_, index) => ({ name: `n${index}`, inputs: { delay: 100 } }));
        await inline(program).up(project.options(entries, {}, { parallel: 3 }));
        expect(project.world.mostRunning).to.equal(3);
    });

    const refused: readonly (readonly [Entry, string])[] = [
        [{ name: "x", type: "aws:s3:Bucket" }, 'does not serve package "aws", only fake, pulumi'],
        [{ name: "x", type: "fake:index:Other" }, "resources of type fake:index:Other"],
        [
            { name: "x", options: { hideDiffs: ["a"], import: "id-1" } },
            'fake:index:Thing "x" uses what the embedded host does not serve: import, hideDiffs.',
        ],
        [{ name: "x", inputs: { bad: 1 } }, "bad: no such property. Leave it out."],
    ];
    it("refuses by name what it does not serve, and what a provider finds wrong", async () => {
        const summaries = await Promise.all(refused.map(([entry]) => preview(project.options([entry]))));
        expect(summaries.map(({ result }) => result)).to.deep.equal(refused.map(() => "failed"));
        refused.forEach(([, expected], index) => {
            expect(summaries[index]?.errors.join()).to.contain(expected);
        });
    });

    const ends: Record<string, readonly [string, string]> = {
        "throws, with a stack": ["throw", "the program has a bug"],
        "finds a mistake of the user, without a stack": ["mistake", "clusters: name one at least"],
        "ends early": ["exit", "called process.exit before it was through"],
        "is killed": ["crash", "The program ended with SIGKILL"],
    };
    describe("when the program does not run to its end", () => {
        const summaries = new Map<string, Summary>();
        const calls = new Map<string, readonly string[]>();
        const outputs = new Map<string, unknown>();

        before(async () => {
            const started: Promise<void>[] = [];
            for (const [then] of Object.values(ends)) {
                const own = await FakeProject.create();
                await inline(program).up(own.options([{ name: "a" }], { out: "$a.out" }));
                const run = async (): Promise<void> => {
                    summaries.set(then, await up(own.options([], {}, { config: { "demo:then": then } })));
                    calls.set(then, own.world.calls);
                    outputs.set(then, await stackOutputs(own.options([])));
                    await own.remove();
                };
                started.push(run());
            }
            await Promise.all(started);
        });

        for (const [what, [then, expected]] of Object.entries(ends)) {
            it(`deletes nothing, and keeps the stack's outputs, when it ${what}`, () => {
                const errors = summaries.get(then)?.errors.join("\n") ?? "";
                expect(summaries.get(then)?.result).to.equal("failed");
                expect(errors).to.contain(expected);
                expect(errors.includes("    at ")).to.equal(then === "throw");
                expect(calls.get(then)).to.deep.equal(["create a"]);
                expect(outputs.get(then)).to.have.property("outputs");
            });
        }
    });

    it("says everything in lines for people, what the program prints too, without secrets", async () => {
        const sealed = "v1:AAECAwQFBgcICQoL:4zFcIKpXJ8M0C9SgMs5PZPmVsO6oyWnJwV7u";
        const settings = `encryptionsalt: ${project.salt}\nconfig: { password: { secure: "${sealed}" } }\n`;
        await writeFile(join(project.folder, "Pulumi.dev.yaml"), settings);
        const lines: string[] = [];
        const options = { events: display((line) => lines.push(line)), config: { "demo:then": "print" } };
        await up(project.options([{ name: "a", inputs: { delay: 30 } }], {}, options));
        expect(lines).to.include("the password is [secret]");
        expect(lines).to.include("   Thing a: waiting for a");
        expect(lines.filter((line) => /^\+ {2}Thing a \(\d\.\d s\)$/.test(line))).to.have.length(1);
        expect(lines.join("\n")).not.to.contain("open sesame");
    });

    it("ends at once, with one message, for another passphrase", async () => {
        await inline(program).up(project.options([{ name: "a" }]));
        process.env["PULUMI_CONFIG_PASSPHRASE"] = "another one";
        const error = await rejection(up(project.options([{ name: "a" }])));
        expect(error.name).to.equal("ProblemsError");
        expect(error.message).to.contain(`${project.stateFile}: the passphrase is not the one`);
    });
});

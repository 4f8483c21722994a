import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { explainError } from "../../../cli/exit";
import { meshProgram } from "../../../cli/commandLine";
import type { Session } from "../../../cli/session";
import { ProblemsError } from "../../../shared/problems";
import { cluster, FakeClusters } from "./fakeClusters";
import { RecordingTerminal } from "./terminal";

const CHECKOUT = path.resolve(__dirname, "../../..");

describe("the mesh command", () => {
    let home: string;
    let terminal: RecordingTerminal;
    let clusters: FakeClusters;

    beforeEach(async () => {
        home = await mkdtemp(path.join(tmpdir(), "mesh-cli-"));
        terminal = new RecordingTerminal();
        clusters = new FakeClusters([cluster("west", 2)]);
    });
    afterEach(() => rm(home, { recursive: true }));

    function run(...args: string[]): Promise<number> {
        const session: Session = {
            folder: CHECKOUT,
            home,
            terminal,
            toolchain: () => Promise.reject(new Error("no test builds the toolchain")),
            clusters: () => Promise.resolve(clusters),
        };
        return meshProgram(session).run(args);
    }

    /** Runs a command that fails, as the process would. */
    async function failure(...args: string[]): Promise<{ text: string; code: number }> {
        try {
            await run(...args);
        } catch (error) {
            return explainError(error);
        }
        throw new Error("it succeeded");
    }

    it("lists its commands on --help, and exits with 0", async () => {
        expect(await failure("--help")).to.deep.equal({ text: "", code: 0 });
        const listed = [...terminal.results.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name);
        expect(listed).to.deep.equal([
            ...["start", "up", "preview", "refresh", "destroy", "status", "history", "rotate", "leave", "ca", "verify"],
            ...["graph", "report", "explain", "traffic", "drill", "outputs", "state", "clusters", "toolchain", "help"],
        ]);
    });

    it("writes a result to a file where one is named, and says so", async () => {
        const file = path.join(home, "clusters.json");
        expect(await run("clusters", "--output", "json", "--file", file)).to.equal(0);
        expect(await readFile(file, "utf8")).to.contain('"network": "west-network"');
        expect(terminal.results).to.equal("");
        expect(terminal.lines).to.deep.equal([`Wrote ${file}.`]);
    });

    it("names a file that cannot be written", async () => {
        const file = path.join(home, "missing", "status.json");
        const { text, code } = await failure("status", "--host", "embedded", "--file", file);
        expect(code).to.equal(2);
        expect(text).to.contain(`the result cannot be written to ${file}: ENOENT`);
    });

    it("names a state that cannot be read", async () => {
        const { text, code } = await failure("state", "import", "--file", path.join(home, "none.json"));
        expect(code).to.equal(2);
        expect(text).to.contain("--file: the file cannot be read (ENOENT");
    });

    it("exits with 2 for an unknown command, an unknown option and one argument too many", async () => {
        expect((await failure("upp")).code).to.equal(2);
        expect((await failure("up", "--force")).code).to.equal(2);
        expect((await failure("outputs", "mesh", "more")).code).to.equal(2);
        expect(terminal.lines).to.have.length(3);
        expect(terminal.lines[0]).to.contain("unknown command 'upp'").and.to.contain("Did you mean up?");
    });

    it("lists clusters as JSON, with the network that the project gives them", async () => {
        expect(await run("clusters", "--output", "json")).to.equal(0);
        const { clusters: rows } = JSON.parse(terminal.results) as { clusters: { name: string; network: string }[] };
        expect(rows.map(({ name, network }) => ({ name, network }))).to.deep.equal([
            { name: "west", network: "west-network" },
        ]);
    });

    it("starts, stops and deletes clusters by name", async () => {
        await run("clusters", "start", "west");
        await run("clusters", "stop", "west");
        await run("clusters", "delete", "west");
        expect(clusters.calls).to.deep.equal(["up west", "stop west", "delete west"]);
    });

    it("names what to do for a stack that was never up", async () => {
        for (const command of ["verify", "outputs"]) {
            try {
                await run(command, "mesh");
                expect.fail("it found a stack");
            } catch (error) {
                expect(error).to.be.instanceOf(ProblemsError);
                expect(String(error)).to.contain("mesh").and.to.contain("up");
            }
        }
    });

    it("refuses the name of no stack", async () => {
        const { text, code } = await failure("preview", "no/stack");
        expect(code).to.equal(2);
        expect(text).to.contain('stack: a stack name has letters, digits, `-`, `_` and `.` only (found "no/stack")');
    });
});

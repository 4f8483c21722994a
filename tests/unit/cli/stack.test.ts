import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readStackFacts } from "../../../cli/stack";

describe("readStackFacts", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-stack-"));
        const mesh = { type: "object", default: { clusters: [{ name: "west", network: "net-w" }, { name: "east" }] } };
        await write("Pulumi.yaml", { name: "p", runtime: "nodejs", config: { mesh } });
    });
    afterEach(() => rm(folder, { recursive: true }));

    function write(file: string, content: object): Promise<void> {
        return writeFile(path.join(folder, file), JSON.stringify(content)); // JSON is YAML
    }

    it("gives the toolchain's charts to a stack with clusters of this machine", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": { west: { source: "kind" } } } });
        expect(await readStackFacts(folder, "dev")).to.deep.include({ chartsKey: "p:charts", usesLocalCharts: true });
    });

    it("leaves a stack alone that names charts, or has clusters of its own only", async () => {
        const kind = { west: { source: "kind" } };
        await write("Pulumi.dev.yaml", { config: { "p:clusters": kind, "p:charts": "oci://example.org/charts" } });
        expect((await readStackFacts(folder, "dev")).usesLocalCharts).to.equal(false);
        await write("Pulumi.prod.yaml", { config: { "p:clusters": { west: { source: "existing" } } } });
        expect((await readStackFacts(folder, "prod")).usesLocalCharts).to.equal(false);
        expect((await readStackFacts(folder, "none")).usesLocalCharts).to.equal(false);
    });

    it("knows the topology, names given or by default, and what of it is the stack's own", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": { west: { source: "kind" } }, "p:ownsRoot": true } });
        expect(await readStackFacts(folder, "dev")).to.deep.include({
            exists: true,
            clusters: ["west"],
            peers: ["west", "east"],
            ownsRoot: true,
            topology: [
                { name: "west", network: "net-w", stack: "west" },
                { name: "east", network: "east-network", stack: "east" },
            ],
        });
        expect(await readStackFacts(folder, "none")).to.deep.include({ exists: false, clusters: [], peers: [] });
    });

    it("leaves malformed values to the program", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": ["west"], "p:mesh": 7 } });
        const facts = await readStackFacts(folder, "dev");
        expect(facts).to.deep.include({ usesLocalCharts: false, clusters: [], topology: [] });
    });
});

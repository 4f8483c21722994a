import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { EmbeddedHost } from "../../../hosts/embedded";
import { readStackFacts } from "../../../hosts/interface/stackFacts";
import { clustersOf } from "../../../shared/topology";
import { RecordingTerminal } from "./terminal";

describe("readStackFacts", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-stack-"));
        const mesh = {
            type: "object",
            default: { id: "m", clusters: [{ name: "west", network: "net-w" }, { name: "east" }] },
        };
        await write("Pulumi.yaml", { name: "p", runtime: "nodejs", config: { mesh } });
    });
    afterEach(() => rm(folder, { recursive: true }));

    function write(file: string, content: object): Promise<void> {
        return writeFile(path.join(folder, file), JSON.stringify(content)); // JSON is YAML
    }

    it("gives the toolchain's charts to a stack with clusters of this machine", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": { west: { source: "kind" } } } });
        expect(await readStackFacts(folder, "dev")).to.deep.include({ usesLocalCharts: true });
    });

    it("leaves a stack alone that names charts, or has clusters of its own only", async () => {
        const kind = { west: { source: "kind" } };
        await write("Pulumi.dev.yaml", {
            config: { "p:clusters": kind, "p:istio": { charts: "oci://example.org/charts" } },
        });
        expect((await readStackFacts(folder, "dev")).usesLocalCharts).to.equal(false);
        await write("Pulumi.prod.yaml", { config: { "p:clusters": { west: { source: "existing" } } } });
        expect((await readStackFacts(folder, "prod")).usesLocalCharts).to.equal(false);
        expect((await readStackFacts(folder, "none")).usesLocalCharts).to.equal(false);
    });

    it("knows clusters that need a load balancer, which the embedded host refuses to install", async () => {
        const clusters = { west: { source: "kind", loadBalancer: "metallb" }, east: { source: "kind" } };
        await write("Pulumi.dev.yaml", { config: { "p:clusters": clusters } });
        expect((await readStackFacts(folder, "dev")).withLoadBalancer).to.deep.equal(["west"]);
        const home = path.join(folder, ".mesh");
        const never = () => Promise.reject(new Error("nothing is made"));
        const session = { folder, home, terminal: new RecordingTerminal(), toolchain: never, clusters: never };
        const error: unknown = await new EmbeddedHost(session)
            .run("preview", "dev", () => undefined)
            .catch((e: unknown) => e);
        expect(String(error)).to.contain(
            "clusters.west.loadBalancer: clusters of the embedded host have their own load balancer",
        );
        expect(String(error)).not.to.contain("east");
    });

    it("knows the topology, names given or by default, and what of it is the stack's own", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": { west: { source: "kind" } }, "p:ownsRoot": true } });
        expect(await readStackFacts(folder, "dev")).to.deep.include({
            exists: true,
            foreign: [],
            clusters: ["west"],
            peers: ["east"],
            ownsRoot: true,
            topology: clustersOf({ clusters: [{ name: "west", network: "net-w" }, { name: "east" }] }),
        });
        expect(await readStackFacts(folder, "none")).to.deep.include({ exists: false, clusters: [], peers: [] });
    });

    it("reads what Pulumi writes as strings: `pulumi stack init` and `pulumi config set`", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:ownsRoot": "true", "p:roots": "[1, 2]" } });
        const { ownsRoot, rotated } = await readStackFacts(folder, "dev");
        expect({ ownsRoot, roots: rotated.roots.value }).to.deep.equal({ ownsRoot: true, roots: [1, 2] });
    });

    it("sees a file of another project", async () => {
        await write("Pulumi.shop.yaml", { config: { "shop:url": "https://example.org" } });
        expect((await readStackFacts(folder, "shop")).foreign).to.deep.equal(["shop"]);
    });

    it("leaves malformed values to the program", async () => {
        await write("Pulumi.dev.yaml", { config: { "p:clusters": ["west"], "p:mesh": 7 } });
        const facts = await readStackFacts(folder, "dev");
        expect(facts).to.deep.include({ usesLocalCharts: false, clusters: [], topology: [] });
    });
});

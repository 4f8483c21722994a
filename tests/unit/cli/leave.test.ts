/** What `mesh leave` refuses, and what it writes into the files of a project. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { planOf, refuseNeeded } from "../../../cli/leave/plan";
import { markLeaving, takeOut } from "../../../cli/stacks/membership";
import type { StackFacts } from "../../../hosts/interface/stackFacts";
import { ProblemsError } from "../../../shared/problems";
import { clustersOf, type Topology } from "../../../shared/topology";
import { facts, MESH } from "./facts";

const THREE = [{ name: "west" }, { name: "east" }, { name: "north" }];

/** Stacks of a mesh of these clusters: each owns what it names. */
function stacks(clusters: Topology["clusters"], owned: Record<string, string[]>): Map<string, StackFacts> {
    const [topology, mesh] = [clustersOf({ clusters }), { ...MESH, clusters }];
    const ofStack = ([stack, names]: [string, string[]]) =>
        [stack, facts({ clusters: names, ownsRoot: ["root", "mesh"].includes(stack), topology, mesh })] as const;
    return new Map(Object.entries(owned).map(ofStack));
}

function problemsOf(work: () => unknown): string[] {
    try {
        work();
    } catch (error) {
        if (error instanceof ProblemsError)
            return error.problems.map(({ subject, rule, fix }) => `${subject}: ${rule}. ${fix}`);
        throw error;
    }
    return [];
}

describe("what leaves with a cluster", () => {
    it("is its part of a stack that has more", () => {
        const plan = planOf(stacks(THREE, { mesh: ["west", "east", "north"] }), "north", true);
        expect(plan).to.deep.include({ owner: "mesh", remaining: ["mesh"], sources: ["north"] });
    });

    it("is its stack, where that has nothing else, and the cluster in which its istiod runs", () => {
        const outside = [{ name: "west" }, { name: "east", controlPlane: "hub" }];
        const owned = { root: [], west: ["west"], east: ["east", "hub"] };
        const plan = planOf(stacks(outside, owned), "east", true);
        expect(plan).to.deep.include({ owner: "east", remaining: ["root", "west"], sources: ["east", "hub"] });
    });

    it("is nothing while other stacks would keep something of it", () => {
        const some = stacks(THREE, { west: ["west"], north: ["north"] });
        expect(problemsOf(() => planOf(some, "north", true))).to.deep.equal([
            "stacks: other stacks have something of this cluster as well. Name east and root, too.",
        ]);
        const begun = [{ name: "west" }, { name: "east" }, { name: "north", leaving: true }];
        const fewer = stacks(begun, { root: [], west: ["west"], north: ["north"] });
        expect(problemsOf(() => planOf(fewer, "north", true))).to.deep.equal([
            "stacks: other stacks have something of this cluster as well. Name east, too.",
        ]);
    });

    it("may be left to stacks that do not discover it", () => {
        const apart = [{ name: "west", peers: [] }, { name: "east" }];
        expect(planOf(stacks(apart, { root: [], east: ["east"] }), "east", true).remaining).to.deep.equal(["root"]);
    });

    it("is nothing while an istiod needs it, or it needs an istiod, unless it is gone", () => {
        const served = [{ name: "west" }, { name: "east", controlPlane: "west" }];
        const mesh = stacks(served, { mesh: ["west", "east"] });
        expect(problemsOf(() => planOf(mesh, "west", true))).to.deep.equal([
            "cluster: its istiod serves east, too. Give these an istiod of their own first: remove their `controlPlane`, and run `up`.",
        ]);
        expect(problemsOf(() => planOf(mesh, "east", true))).to.deep.equal([
            "cluster: the istiod of west serves it, and reads it for that. Give it an istiod of its own first: remove its `controlPlane`, and run `up`.",
        ]);
        expect(planOf(mesh, "east", false).owner).to.equal("mesh");
        expect(problemsOf(() => planOf(mesh, "west", false))).to.have.length(1);
    });

    it("is nothing of a cluster that is alone, or unknown", () => {
        const [alone] = problemsOf(() => planOf(stacks([{ name: "west" }], { mesh: ["west"] }), "west", true));
        expect(alone).to.equal("cluster: it is the only cluster of the mesh. `destroy` removes a whole mesh.");
        const [unknown] = problemsOf(() => planOf(stacks(THREE, { mesh: [] }), "south", true));
        expect(unknown).to.equal(
            "cluster: the mesh has no cluster of this name. It has west, east, north. If it was taken out already, `up` ends what is left.",
        );
    });

    it("is nothing while only it answers what others call", () => {
        const only = { service: "orders.shop", callers: ["west", "north"] };
        expect(
            problemsOf(() => {
                refuseNeeded("east", [only]);
            }),
        ).to.deep.equal([
            "Service orders.shop: only east answers it, and west, north would be left with nobody who does. Run it in another cluster, too, or delete its Service in west and north.",
        ]);
        expect(
            problemsOf(() => {
                refuseNeeded("east", []);
            }),
        ).to.deep.equal([]);
    });
});

describe("the files of a mesh that a cluster leaves", () => {
    let folder: string;
    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "mesh-leave-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    const write = (file: string, text: string): Promise<void> => writeFile(path.join(folder, file), text);
    const read = (file: string): Promise<string> => readFile(path.join(folder, file), "utf8");

    const PROJECT = `name: shop
runtime: nodejs
config:
  mesh:
    # Written once.
    description: >-
      A text that is folded
      over two lines.
    default:
      id: usmesh
      clusters:
        - name: west # the first
          peers: [east, north]
        - name: east
      services:
        - name: orders
          clusters: [west, east]
          exports: [east]
        - name: stock
          clusters: [east]
  sampleApps:
    default:
      webapp: [west]
      catalog: [west, east]
`;

    it("say that it leaves, and nothing else changes", async () => {
        await write("Pulumi.yaml", PROJECT);
        await write("Pulumi.west.yaml", "config:\n  shop:clusters: {}\n");
        expect(await markLeaving(folder, ["west"], "east")).to.deep.equal(["Pulumi.yaml"]);
        expect(await read("Pulumi.yaml")).to.equal(
            PROJECT.replace("        - name: east\n", "        - name: east\n          leaving: true\n"),
        );
        expect(await markLeaving(folder, ["west"], "east")).to.deep.equal([]);
    });

    it("name it nowhere afterwards, and no service that only it ran", async () => {
        await write("Pulumi.yaml", PROJECT);
        const own =
            "config:\n  clusters:\n    west:\n      source: kind\n    east:\n      source: kind\n    hub:\n      source: kind\n";
        await write(
            "Pulumi.dev.yaml",
            `${own}  shop:givenIntermediates:\n    certificates:\n      east: a\n      west: b\n`,
        );
        expect(await takeOut(folder, ["dev"], "east", ["east", "hub"])).to.deep.equal([
            "Pulumi.yaml",
            "Pulumi.dev.yaml",
        ]);
        expect(await read("Pulumi.yaml")).to.equal(
            PROJECT.replace("        - name: east\n", "")
                .replace("peers: [east, north]", "peers: [north]")
                .replace("clusters: [west, east]", "clusters: [west]")
                .replace("exports: [east]", "exports: []")
                .replace("        - name: stock\n          clusters: [east]\n", "")
                .replace("catalog: [west, east]", "catalog: [west]"),
        );
        expect(await read("Pulumi.dev.yaml")).to.equal(
            "config:\n  clusters:\n    west:\n      source: kind\n  shop:givenIntermediates:\n    certificates:\n      west: b\n",
        );
    });

    it("keep what they say to other stacks only", async () => {
        const mesh = "config:\n  shop:mesh:\n    id: usmesh\n    clusters:\n      - name: west\n      - name: east\n";
        await write("Pulumi.yaml", PROJECT);
        await write("Pulumi.dev.yaml", `${mesh}  shop:sampleApps:\n    catalog: [east]\n`);
        expect(await markLeaving(folder, ["dev"], "east")).to.deep.equal(["Pulumi.dev.yaml"]);
        expect(await read("Pulumi.yaml")).to.equal(PROJECT);
    });
});

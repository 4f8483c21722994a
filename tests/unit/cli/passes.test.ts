import { expect } from "chai";
import { type Exchange, exchangeOf, runPasses } from "../../../cli/stacks/passes";
import type { StackFacts } from "../../../hosts/interface/stackFacts";
import { stackProblems, takenProblems } from "../../../cli/stacks/together";
import { clustersOf } from "../../../shared/topology";
import { facts as factsOf, MESH } from "./facts";

const topology = clustersOf({ clusters: [{ name: "west" }, { name: "east" }] });
const facts = (own: Partial<StackFacts>): StackFacts => factsOf({ topology, ...own });
const STACKS = new Map([
    ["root", facts({ ownsRoot: true })],
    ["west", facts({ clusters: ["west"], peers: ["east"] })],
    ["east", facts({ clusters: ["east"], peers: ["west"] })],
]);

const WEST = {
    ...{ name: "west", clusterName: "west-cluster", network: "west-network", apiServer: "https://10.0.0.2:6443" },
    peers: ["east"],
    eastWestGateway: { address: "10.1.0.40", port: 15443 },
};

/** Stacks that do what the program does, one pass after the other. */
class World {
    public readonly passes: string[][] = [];
    public readonly given = new Map<string, Exchange>();

    public read = (stack: string): Promise<Exchange> => Promise.resolve(this.given.get(stack) ?? exchangeOf({}));

    public run = (stacks: readonly string[]): Promise<void> => {
        this.passes.push([...stacks]);
        const before = new Map(this.given);
        for (const stack of stacks) this.given.set(stack, this.next(stack, before));
        return Promise.resolve();
    };

    protected next(stack: string, before: ReadonlyMap<string, Exchange>): Exchange {
        if (stack === "root") {
            const requests = ["west", "east"].filter((name) => before.get(name)?.requests[name] !== undefined);
            const certificates = Object.fromEntries(requests.map((name) => [name, `certificate of ${name}`]));
            return exchangeOf({ rootCertificate: "root", certificates });
        }
        const isSigned = before.get("root")?.certificates[stack] !== undefined;
        return exchangeOf({ requests: { [stack]: "request" }, readers: isSigned ? { [stack]: "kubeconfig" } : {} });
    }
}

describe("passes over stacks", () => {
    it("are four from nothing: clusters, certificates, control planes, remote secrets", async () => {
        const world = new World();
        await runPasses(STACKS, world.read, world.run);
        expect(world.passes).to.deep.equal([["root", "west", "east"], ["root"], ["west", "east"], ["west", "east"]]);
    });

    it("go on until the istiod that serves a cluster reads it", async () => {
        const clusters = clustersOf({ clusters: [{ name: "west" }, { name: "east", controlPlane: "west" }] });
        const stacks = new Map([
            ["west", factsOf({ topology: clusters, ownsRoot: true, clusters: ["west"], peers: ["east"] })],
            ["east", factsOf({ topology: clusters, clusters: ["east"] })],
        ]);
        const world = new (class extends World {
            protected override next(stack: string, before: ReadonlyMap<string, Exchange>): Exchange {
                if (stack === "east") {
                    const isUp = before.get("west")?.clusters["west"] !== undefined;
                    return exchangeOf({ readers: isUp ? { east: "kubeconfig" } : {} });
                }
                const reader = { cluster: "east", what: "reader", stack: "east", message: "" } as const;
                return exchangeOf({
                    clusters: { west: WEST },
                    missing: before.get("east")?.readers["east"] === undefined ? [reader] : [],
                });
            }
        })();
        await runPasses(stacks, world.read, world.run);
        expect(world.passes).to.deep.equal([["west", "east"], ["east"], ["west"], ["east"]]);
    });

    it("are two for a stack that waits for itself", async () => {
        const world = new (class extends World {
            protected override next(stack: string): Exchange {
                const missing = { cluster: "east", what: "istiod", stack, message: "" } as const;
                return exchangeOf({ missing: this.passes.length === 1 ? [missing] : [] });
            }
        })();
        await runPasses(new Map([["mesh", facts({ clusters: ["east"] })]]), world.read, world.run);
        expect(world.passes).to.deep.equal([["mesh"], ["mesh"]]);
    });

    it("are one where nothing is new", async () => {
        const world = new World();
        await runPasses(STACKS, world.read, world.run);
        world.passes.length = 0;
        await runPasses(STACKS, world.read, world.run);
        expect(world.passes).to.deep.equal([["root", "west", "east"]]);
    });

    it("are one for a stack alone, whatever it waits for", async () => {
        const world = new World();
        await runPasses(
            new Map([["mesh", facts({ ownsRoot: true, clusters: ["west", "east"] })]]),
            world.read,
            world.run,
        );
        expect(world.passes).to.deep.equal([["mesh"]]);
    });

    it("end with an error where stacks never agree", async () => {
        let count = 0;
        const restless = new (class extends World {
            protected override next(stack: string): Exchange {
                return exchangeOf({ readers: { [stack]: `kubeconfig ${String(count++)}` } });
            }
        })();
        const error = await runPasses(STACKS, restless.read, restless.run).catch(String);
        expect(error).to.contain("after 8 passes, stacks still change what others read: west, east");
    });
});

describe("stacks seen together", () => {
    const problems = (
        stacks: Record<string, Partial<StackFacts>>,
        elsewhere: Record<string, Partial<StackFacts>> = {},
    ) =>
        stackProblems(
            new Map(Object.entries(stacks).map(([name, own]) => [name, facts(own)])),
            new Map(Object.entries(elsewhere).map(([name, own]) => [name, facts(own)])),
        ).map(({ subject, value, rule }) => `${subject}: ${rule} ${value ?? ""}`.trimEnd());

    it("are fine as root, west and east, or as one of them beside the files of the others", () => {
        expect(stackProblems(STACKS, new Map())).to.deep.equal([]);
        expect(problems({ west: { clusters: ["west"] } }, { east: { clusters: ["east"] } })).to.deep.equal([]);
    });

    it("are of this project", () => {
        expect(
            problems({ shop: { clusters: [], foreign: ["shop"] } }, { west: { clusters: ["west", "east"] } }),
        ).to.deep.equal(["stack shop: this is a stack of another project: its file has no setting of this one shop"]);
    });

    it("need files of their own", () => {
        expect(problems({ sout: { exists: false } })).to.deep.equal(["stack: this project has no such stack sout"]);
    });

    it("do not own a cluster twice, and leave none without an owner", () => {
        const found = problems(
            { mesh: { clusters: ["west"] }, west: { clusters: ["west"] } },
            { east: { exists: false } },
        );
        expect(found).to.deep.equal([
            "cluster west: two stacks own this cluster, and each would undo what the other does mesh, west",
            "cluster east: the topology has this cluster, and no stack owns it: Pulumi.east.yaml does not name it in `clusters`",
        ]);
    });

    it("name the cluster that is to run an istiod for another one", () => {
        const topology = clustersOf({ clusters: [{ name: "west", controlPlane: "hub" }] });
        expect(problems({ west: { clusters: ["west"], topology } })).to.deep.equal([
            "cluster hub: the istiod of west is to run in it, and neither the mesh nor a stack has a cluster of this name",
        ]);
        expect(problems({ west: { clusters: ["west", "hub"], topology } })).to.deep.equal([]);
    });

    it("do not take clusters of a stack that is up", () => {
        const west = new Map([["west", facts({ clusters: ["west"] })]]);
        const up = new Map([["mesh", facts({ clusters: ["west", "east"] })]]);
        expect(takenProblems(west, up).map(({ subject, rule }) => `${subject}: ${rule}`)).to.deep.equal([
            "cluster west: stack mesh, which is up, owns this cluster as well",
        ]);
        expect(takenProblems(west, new Map([["east", facts({ clusters: ["east"] })]]))).to.deep.equal([]);
    });

    it("mean one mesh", () => {
        const all = { root: {}, west: { clusters: ["west", "east"], mesh: { ...MESH, id: "other" } } };
        expect(problems(all)).to.deep.equal([
            "stack west: mesh: stacks root and west declare different meshes: `mesh` is not the same in both",
        ]);
    });
});

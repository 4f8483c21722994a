/** Trust that changes under load, on real clusters: every step of a rotation of the root, its misuses, kills, and a renewal. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { waitFor } from "../../shared/wait";
import type { Ended } from "../support/checkout";
import { aged } from "../support/renewal";
import { Rotating } from "../support/rotating";
import { restart, rollOut } from "../support/sampleTraffic";

/** How often a rotation is killed, and what the moments are drawn from; the seed is printed, to repeat a run with it. */
const KILLS = Number(process.env["ROTATION_KILLS"] ?? 2);
const SEED = Number(process.env["ROTATION_SEED"] ?? Date.now() % 100_000);
/** About what a rotation takes. Milliseconds. */
const LENGTH = 20_000;

/** Processes that run the program of a checkout, by their ids. */
function programsIn(folder: string): string[] {
    return readdirSync("/proc").filter((id) => {
        try {
            const args = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
            return args.includes("--root-directory") && args.includes(folder);
        } catch {
            return false; // no process, or one that has ended meanwhile
        }
    });
}

/** mulberry32: equal numbers for equal seeds. */
function random(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let value = Math.imul(state ^ (state >>> 15), 1 | state);
        value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
        return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
    };
}

describe("the root of a mesh in one stack", function () {
    this.timeout(900_000);

    const rotating = new Rotating(["mesh"]);
    const { checkout } = rotating;
    const mesh = (...args: string[]): Promise<Ended> => rotating.mesh(...args);

    before(async () => {
        // Each replica signs and discovers by itself, so every one has to have taken a step.
        checkout.edit("Pulumi.mesh.yaml", (text) =>
            text.replace(
                "west:\n      source: kind",
                "west:\n      source: kind\n      istio: { istiod: { replicas: 2 } }",
            ),
        );
        await rotating.begin();
        const { stdout } = await mesh("verify", "--only", "istiod-ready", "--output", "json");
        expect(stdout).to.contain("west: 2 of 2 istiod replicas ready");
    });
    after(() => rotating.end());

    it("is replaced by plain `up`s, with a wait after each, and no request is lost", async () => {
        await rotating.underLoad("rotation of the root, by plain `up`", async () => {
            for (const roots of [[1, 2], [2, 1], [2]]) {
                rotating.setRoots(roots);
                await mesh("up");
                expect((await mesh("rotate", "wait")).all).to.contain("All have taken the step.");
                expect(await rotating.applied()).to.deep.equal(roots);
            }
        });
        expect((await mesh("verify")).all).to.contain("The clusters are one mesh");
        expect((await mesh("preview")).all).to.match(/^\d+ unchanged in /m);
    });

    it("says in previews and status what a step means", async () => {
        rotating.setRoots([2, 3]);
        const { stdout } = await mesh("preview", "--output", "markdown");
        expect(stdout).to.contain("Root 3 is made. Workloads trust it beside the present one, which still signs");
        await mesh("up");
        expect((await mesh("status")).stdout).to.contain("rotating: root 2 signs, and root 3 is trusted as well");
    });

    it("refuses wrong steps before anything changes", async () => {
        for (const [roots, reason] of [
            [[3], "root 2 still signs: to drop it now would cut off every workload"],
            [[2, 1], "root 1 was dropped, and its key with it"],
            [[2, 2], "must be one generation, or two different ones"],
        ] as const) {
            rotating.setRoots([...roots]);
            const refused = await checkout.mesh("up");
            expect(refused.exitCode).to.equal(2);
            expect(refused.all).to.contain(reason);
        }
        rotating.setRoots([2, 3]);
        expect((await mesh("preview")).all).to.match(/^\d+ unchanged in /m);
    });

    it("goes back before the last step, and not after it", async () => {
        await rotating.underLoad("a rotation of the root, taken back", async () => {
            await mesh("rotate", "root", "--back");
        });
        expect(rotating.declared()).to.equal("[2]");
        const refused = await checkout.mesh("rotate", "root", "--back");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain("no rotation is under way");
    });

    it(`is replaced whenever the command is killed: ${KILLS} times, seed ${SEED}`, async () => {
        const next = random(SEED);
        await rotating.underLoad(`${KILLS} rotations of the root, each killed once, seed ${SEED}`, async () => {
            for (let kill = 0; kill < KILLS; kill++) {
                const child = checkout.spawn("rotate", "root");
                const closed = once(child, "close");
                await Promise.race([closed, sleep(next() * LENGTH)]);
                child.kill("SIGKILL");
                await closed;
                await waitFor("the program of a killed host to end", 10, () => {
                    expect(programsIn(checkout.folder)).to.deep.equal([]);
                });
                expect((await mesh("rotate", "root")).all).to.contain(
                    "is the only one that is trusted. Commit Pulumi.mesh.yaml",
                );
                expect((await mesh("verify")).all).to.contain("The clusters are one mesh");
            }
        });
    });

    it("is rotated once at a time", async () => {
        const first = checkout.mesh("rotate", "root");
        await sleep(3000);
        const second = await checkout.mesh("rotate", "root");
        expect(second.exitCode).to.equal(2);
        expect(second.all).to.contain("`mesh rotate`, process");
        expect((await first).exitCode).to.equal(0);
    });

    it("signs renewed intermediates, and no request is lost", async () => {
        const state = ".mesh/stacks/mesh.json";
        checkout.edit(state, (text) => aged(aged(text, "root-ca-west"), "root-ca-east"));
        await rotating.underLoad("both intermediates are renewed", async () => {
            expect((await mesh("up")).all).to.match(/^2 updated, 2 replaced, \d+ unchanged in /m);
            await mesh("rotate", "wait");
        });
        expect((await mesh("verify")).all).to.contain("The clusters are one mesh");
    });

    it("has peers read each other with new tokens, revokes the old ones, and no request is lost", async () => {
        await rotating.underLoad("credentials are replaced", async () => {
            expect((await mesh("rotate", "credentials")).all).to.contain("2 revoked tokens are answered with 401");
        });
        expect(rotating.declared("readerTokens")).to.equal("[2]");
        // Whoever still reads with a revoked token knows nothing of a pod that is made now.
        await restart(checkout.home, "east", "catalog");
        expect((await mesh("verify")).all).to.contain("The clusters are one mesh");
    });

    it("carries every request while each istiod and each gateway restarts", async () => {
        for (const [what, cluster, app] of [
            ["an istiod restarts", "west", "istiod"],
            ["another istiod restarts", "east", "istiod"],
            ["the ingress gateway restarts", "west", "istio-ingressgateway"],
            ["the east-west gateway of the client's cluster restarts", "west", "istio-eastwestgateway"],
            ["the east-west gateway of the service's cluster restarts", "east", "istio-eastwestgateway"],
        ] as const) {
            await rotating.underLoad(what, async () => {
                await rollOut(checkout.home, cluster, app);
                // What comes of it may come later.
                await sleep(5000);
            });
        }
    });

    it("stays while a cluster does not answer", async () => {
        const before = rotating.declared();
        await mesh("clusters", "stop", "east");
        const refused = await checkout.mesh("rotate", "root");
        expect(refused.exitCode).to.equal(1);
        expect(refused.all).to.contain("the mesh does not verify, and nothing was changed");
        expect(rotating.declared()).to.equal(before);
    });
});

describe("the root of a mesh in a stack per cluster", function () {
    this.timeout(900_000);

    const stacks = ["root", "west", "east"];
    const rotating = new Rotating(stacks);

    before(() => rotating.begin());
    after(() => rotating.end());

    it("is replaced by one command, and no request is lost", async () => {
        await rotating.underLoad("rotation of the root, in three stacks", async () => {
            await rotating.mesh("rotate", "root", ...stacks);
        });
        expect(await rotating.applied()).to.deep.equal([2]);
        expect((await rotating.mesh("verify", ...stacks)).all).to.contain("The clusters are one mesh");
    });

    it("waits for stacks that have not taken the step before", async () => {
        rotating.setRoots([2, 3]);
        await rotating.mesh("up", "root");
        rotating.setRoots([3, 2]);
        const refused = await rotating.checkout.mesh("up", "root");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain("stack west has not taken the step before yet");
    });

    it("leaves credentials to the clusters' stacks", async () => {
        const refused = await rotating.checkout.mesh("rotate", "credentials", "west");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain("cluster east reads clusters of these stacks");
        const { all } = await rotating.mesh("rotate", "credentials", "west", "east");
        expect(all).to.contain("2 revoked tokens are answered with 401");
    });

    it("needs the stack that owns it", async () => {
        const refused = await rotating.checkout.mesh("rotate", "root", "west", "east");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain("none of these stacks owns the root");
    });
});

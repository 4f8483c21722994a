/** The first run of each documented command that needs no cluster, in a checkout where nothing ran before. */
import { expect } from "chai";
import { existsSync } from "node:fs";
import { Checkout } from "../support/checkout";

/** What it is called with, its exit code, and what it says. */
const FIRST_RUNS: readonly (readonly [args: string, exitCode: number, says: string])[] = [
    ["preview", 0, "64 to create"],
    ["preview root west east", 0, "to create"],
    ["preview root west east --output markdown", 0, "Cluster west is made."],
    ["status", 0, "absent"],
    ["status root west east --output json", 0, '"isUp": false'],
    ["outputs", 2, "the stack was never updated here"],
    ["state export", 2, "the stack was never updated here"],
    ["clusters", 0, "No local clusters."],
    ["verify", 2, "its outputs do not describe a mesh yet"],
    ["verify --pre", 2, "Not checked: west: its stack makes it."],
    ["graph", 0, "flowchart"],
    ["destroy", 0, "nothing to do"],
    ["refresh", 0, "nothing to do"],
];

describe("the first run in a fresh checkout", function () {
    this.timeout("2m");

    for (const [args, exitCode, says] of FIRST_RUNS) {
        it(`of \`mesh ${args}\` says "${says}" and ends with ${exitCode}`, async () => {
            const checkout = new Checkout();
            try {
                expect(existsSync(checkout.home)).to.equal(false);
                const ended = await checkout.mesh(...args.split(" "));
                expect(ended.all)
                    .to.contain(says)
                    .and.not.to.match(/^\s+at .*:\d+\)?$/m);
                expect(ended.exitCode).to.equal(exitCode);
            } finally {
                checkout.remove();
            }
        });
    }
});

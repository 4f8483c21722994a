import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../../verify/checks";
import { PRE_CHECKS } from "../../../verify/pre";
import { FAULTS } from "../../faults/catalogue";
import { PRE_FAULTS } from "../../faults/pre";
import { PROBE_FAULTS } from "../../faults/probe";
import { PROBE_CHECKS } from "../../support/probeChecks";

const folder = path.join(__dirname, "../../../docs/checks");

describe("every check", () => {
    const index = readFileSync(path.join(folder, "README.md"), "utf8");
    const all = [
        ...CHECKS.map(({ id }) => ({ id, faults: [...FAULTS, ...PRE_FAULTS] })),
        ...PRE_CHECKS.map(({ id }) => ({ id, faults: [...FAULTS, ...PRE_FAULTS] })),
        ...PROBE_CHECKS.map(({ id }) => ({ id, faults: PROBE_FAULTS })),
    ];
    for (const { id, faults } of all) {
        it(`${id} has a fault that it must find, a page, and a line in the index of pages`, () => {
            expect(faults.some(({ fails }) => id in fails)).to.equal(true);
            expect(existsSync(path.join(folder, `${id}.md`))).to.equal(true);
            expect(index).to.contain(`[${id}](${id}.md)`);
        });
    }
});

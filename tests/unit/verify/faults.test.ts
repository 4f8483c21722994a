import { expect } from "chai";
import { existsSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../../verify/checks";
import { PRE_CHECKS } from "../../../verify/pre";
import { LAST, OTHERS } from "../../../verify/probe/checks";
import { PROBE_WORKLOADS } from "../../../verify/probe/checks/probeWorkloads";
import { reachabilityMatrix } from "../../../verify/probe/checks/reachabilityMatrix";
import { PROBE_REMOVED } from "../../../verify/probe/removal";
import { FAULTS, UNTOUCHED } from "../../faults/catalogue";
import { PROBE_FAULTS } from "../../faults/probe";

function hasPage(id: string): boolean {
    return existsSync(path.join(__dirname, "../../../docs/checks", `${id}.md`));
}

describe("every check", () => {
    for (const { id } of CHECKS) {
        it(`${id} has a fault that it finds, or the reason why there is none, and a page`, () => {
            const found = FAULTS.some(({ fails }) => id in fails);
            expect(found || id in UNTOUCHED).to.equal(true);
            expect(hasPage(id)).to.equal(true);
        });
    }
    for (const { id } of [PROBE_WORKLOADS, reachabilityMatrix, ...OTHERS, LAST, PROBE_REMOVED]) {
        it(`${id}, of the probe, has a fault that it finds, and a page`, () => {
            expect(PROBE_FAULTS.some(({ fails }) => id in fails)).to.equal(true);
            expect(hasPage(id)).to.equal(true);
        });
    }
    for (const { id } of PRE_CHECKS) {
        it(`${id}, before an up, has a page`, () => {
            expect(hasPage(id)).to.equal(true);
        });
    }
});

import { expect } from "chai";
import { existsSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../../verify/checks";
import { PRE_CHECKS } from "../../../verify/pre";
import { LAST, OTHERS } from "../../../verify/probe/checks";
import { PROBE_WORKLOADS } from "../../../verify/probe/checks/probeWorkloads";
import { reachabilityMatrix } from "../../../verify/probe/checks/reachabilityMatrix";
import { PROBE_REMOVED } from "../../../verify/probe/removal";
import { FAULTS } from "../../faults/catalogue";
import { PRE_FAULTS } from "../../faults/pre";
import { PROBE_FAULTS } from "../../faults/probe";

const PROBE_CHECKS = [PROBE_WORKLOADS, reachabilityMatrix, ...OTHERS, LAST, PROBE_REMOVED];

describe("every check", () => {
    const all = [
        ...CHECKS.map(({ id }) => ({ id, faults: [...FAULTS, ...PRE_FAULTS] })),
        ...PRE_CHECKS.map(({ id }) => ({ id, faults: [...FAULTS, ...PRE_FAULTS] })),
        ...PROBE_CHECKS.map(({ id }) => ({ id, faults: PROBE_FAULTS })),
    ];
    for (const { id, faults } of all) {
        it(`${id} has a fault that it must find, and a page`, () => {
            expect(faults.some(({ fails }) => id in fails)).to.equal(true);
            expect(existsSync(path.join(__dirname, "../../../docs/checks", `${id}.md`))).to.equal(true);
        });
    }
});

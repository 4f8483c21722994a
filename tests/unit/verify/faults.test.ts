import { expect } from "chai";
import { existsSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../../verify/checks";
import { FAULTS, UNTOUCHED } from "../../faults/catalogue";

describe("every check", () => {
    for (const { id } of CHECKS) {
        it(`${id} has a fault that it finds, or the reason why there is none, and a page`, () => {
            const found = FAULTS.some(({ fails }) => id in fails);
            expect(found || id in UNTOUCHED).to.equal(true);
            expect(existsSync(path.join(__dirname, "../../../docs/checks", `${id}.md`))).to.equal(true);
        });
    }
});

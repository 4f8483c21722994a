import { expect } from "chai";
import { existsSync } from "node:fs";
import path from "node:path";
import { CHECKS } from "../../../verify/checks";
import { PRE_CHECKS } from "../../../verify/pre";
import { FAULTS, UNTOUCHED } from "../../faults/catalogue";

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
    for (const { id } of PRE_CHECKS) {
        it(`${id}, before an up, has a page`, () => {
            expect(hasPage(id)).to.equal(true);
        });
    }
});

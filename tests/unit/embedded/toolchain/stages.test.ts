import { expect } from "chai";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { mochaCounts } from "../../../../bin/stages";
import { duration } from "../../../../shared/patience";
import { scratchFolder } from "./scratch";

describe("mochaCounts", () => {
    const scratch = scratchFolder();

    it("takes what mocha counted", () => {
        const counts = { passes: 5, failures: 2, pending: 1, suites: ["the mesh on Pulumi"] };
        expect(mochaCounts(counted(counts), false)).to.deep.equal(counts);
    });

    it("counts a failure where mocha passed all it ran but did not succeed", () => {
        expect(mochaCounts(counted({ passes: 5, failures: 0, pending: 0 }), false).failures).to.equal(1);
    });

    it("counts a failure where mocha ended before it counted", () => {
        expect(mochaCounts(path.join(scratch(), "absent.json"), true).failures).to.equal(1);
    });

    function counted(counts: object): string {
        const file = path.join(scratch(), "counts.json");
        writeFileSync(file, JSON.stringify(counts));
        return file;
    }
});

describe("duration", () => {
    it("is short for a person", () => {
        expect([0.04, 9.94, 9.96, 59.4, 59.6, 278.4].map(duration)).to.deep.equal([
            "0.0 s",
            "9.9 s",
            "10 s",
            "59 s",
            "1 min 0 s",
            "4 min 38 s",
        ]);
    });
});

import { expect } from "chai";
import { jsonReport, tableReport, type Report } from "../../../verify";

const REPORT: Report = {
    checks: [
        {
            id: "common-root",
            group: "trust",
            proves: "One root",
            result: "pass",
            seen: ["west: A1", "east: A1"],
            seconds: 0.4,
        },
        {
            id: "peers-synced",
            group: "discovery",
            proves: "Every istiod knows its peers",
            result: "fail",
            seen: ["east: west-cluster unknown"],
            cause: "A Secret is missing.",
            fix: "Make it again.",
            seconds: 5,
        },
        {
            id: "no-local-pods",
            group: "data plane",
            proves: "No pod",
            result: "skipped",
            seen: ["no request"],
            seconds: 0,
        },
    ],
};

describe("tableReport", () => {
    it("shows every check, and cause, fix and page of those that did not pass", () => {
        const table = tableReport(REPORT);
        expect(table).to.match(/✔ pass +│ common-root +│ west: A1/);
        expect(table).to.match(/✖ fail +│ peers-synced/);
        expect(table).to.match(/- skipped +│ no-local-pods/);
        expect(table).to.contain(
            "peers-synced:\n    likely cause: A Secret is missing.\n    fix: Make it again.\n    more: docs/checks/peers-synced.md",
        );
        expect(table).to.contain("The mesh is broken: 1 passed, 1 failed, 0 could not look, 1 skipped.");
    });

    it("keeps within the terminal's width", () => {
        const widest = Math.max(
            ...tableReport(REPORT, 100)
                .split("\n")
                .filter((line) => /[│─]/.test(line))
                .map((line) => line.length),
        );
        expect(widest).to.equal(100);
    });
});

describe("jsonReport", () => {
    it("gives every field of every check", () => {
        expect(JSON.parse(jsonReport(REPORT))).to.deep.equal(REPORT);
    });
});

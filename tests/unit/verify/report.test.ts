import { expect } from "chai";
import type { Report } from "../../../verify";
import { jsonReport } from "../../../verify/report/json";
import { junitReport } from "../../../verify/report/junit";
import { markdownReport } from "../../../verify/report/markdown";
import { tableReport } from "../../../verify/report/table";

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
        expect(table).to.match(/✔ pass +│ common-root +│ One root +│/);
        expect(table).to.match(/✖ fail +│ peers-synced +│ east: west-cluster unknown +│/);
        expect(table).to.match(/- skipped +│ no-local-pods/);
        expect(table).to.contain(
            "peers-synced:\n    likely cause: A Secret is missing.\n    fix: Make it again.\n    more: docs/checks/peers-synced.md",
        );
        expect(table).to.contain("The mesh is broken: 1 passed, 1 failed, 0 could not be checked, 1 skipped.");
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
    it("gives every field of every check, and its page", () => {
        expect(JSON.parse(jsonReport(REPORT))).to.deep.equal({
            checks: REPORT.checks.map((check) => ({ ...check, page: `docs/checks/${check.id}.md` })),
        });
    });
});

describe("junitReport", () => {
    it("has a suite a group and a case a check, with what was seen, or why it failed", () => {
        const xml = junitReport(REPORT);
        expect(xml).to.match(/<testsuites tests="3" failures="1" errors="0" skipped="1">/);
        expect(xml).to.match(/<testcase classname="trust" name="common-root" time="0.4"/);
        expect(xml).to.match(
            /<failure message="east: west-cluster unknown[^"]*A Secret is missing[^"]*Make it again\.[^"]*docs\/checks\/peers-synced\.md/,
        );
        expect(xml).to.match(/<testcase classname="data plane" name="no-local-pods"[^]*<skipped\/>/);
    });
});

describe("markdownReport", () => {
    it("has a row a check, and the details of those that did not pass", () => {
        expect(markdownReport(REPORT)).to.equal(
            [
                "**The mesh is broken: 1 passed, 1 failed, 0 could not be checked, 1 skipped.**",
                "",
                "|  | group | check | what it proves |",
                "| --- | --- | --- | --- |",
                "| ✔ pass | trust | `common-root` | One root |",
                "| ✖ fail | discovery | `peers-synced` | Every istiod knows its peers |",
                "| - skipped | data plane | `no-local-pods` | No pod |",
                "",
                "### peers-synced",
                "",
                "- seen: east: west-cluster unknown",
                "- likely cause: A Secret is missing.",
                "- fix: Make it again.",
                "- more: docs/checks/peers-synced.md",
                "",
            ].join("\n"),
        );
    });
});

import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type Report, verdict } from "../../../verify";
import { jsonReport, reportSchema } from "../../../verify/report/json";
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

describe("the published schema of a report", () => {
    const file = path.join(__dirname, "../../../docs/report.schema.json");

    it("is that of the code: otherwise run `npm run test:golden:update`", () => {
        const schema = `${JSON.stringify(z.toJSONSchema(reportSchema, { io: "input" }), undefined, 4)}\n`;
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, schema);
        expect(readFileSync(file, "utf8")).to.equal(schema);
    });

    it("is what is printed, to the last field", () => {
        const matrix = [{ from: "west", to: "east", result: "pass", answeredBy: "east", peer: "spiffe://x" }] as const;
        const printed: unknown = JSON.parse(jsonReport({ ...REPORT, matrix, only: ["trust"] }));
        expect(reportSchema.strict().parse(printed)).to.deep.equal(printed);
    });
});

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

    it("proves no mesh where not everything was asked for", () => {
        const [passed] = REPORT.checks;
        const table = tableReport({ checks: passed === undefined ? [] : [passed], only: ["trust"] });
        expect(table).to.contain("What was checked (trust) is as it should be: 1 passed");
    });

    it("says what warns, and why, and proves the mesh all the same", () => {
        const [passed] = REPORT.checks;
        const words = { cause: "It ends in 25 days, of 90.", fix: "Renew it." };
        const warned = passed && { ...passed, result: "warning" as const, ...words };
        const report: Report = { checks: warned === undefined ? [] : [warned] };
        const table = tableReport(report);
        expect(table).to.match(/▲ warning +│ common-root +│ west: A1 +│/);
        expect(table).to.contain("likely cause: It ends in 25 days, of 90.");
        const sentence =
            "The clusters are one mesh: 0 passed, 0 failed, 0 could not be checked, 0 skipped, 1 with a warning.";
        expect(table).to.contain(sentence);
        expect(markdownReport(report)).to.contain("- likely cause: It ends in 25 days, of 90.");
        expect(junitReport(report)).to.match(/failures="0"[^]*<system-out>[^]*It ends in 25 days/);
        expect(verdict(report)).to.equal("pass");
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
            schemaVersion: 1,
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

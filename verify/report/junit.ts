import builder from "junit-report-builder";
import { GROUPS } from "../check";
import type { Report } from "../runner";
import { docsPage } from "./words";

/** JUnit's XML, as CI systems show test results: a suite a group, a case a check. */
export function junitReport({ checks }: Report): string {
    const xml = builder.newBuilder();
    for (const group of GROUPS) {
        const own = checks.filter((check) => check.group === group);
        if (own.length === 0) continue;
        const suite = xml.testSuite().name(group);
        for (const { id, result, seen, cause = "", fix = "", seconds } of own) {
            const test = suite.testCase().className(group).name(id).time(seconds);
            const text = [...seen, cause, fix, docsPage(id)].join("\n");
            if (result === "fail") test.failure(text, cause);
            else if (result === "error") test.error(seen.join("\n"));
            else if (result === "skipped") test.skipped();
            else test.standardOutput(result === "warning" ? text : seen.join("\n"));
        }
    }
    return `${xml.build()}\n`;
}

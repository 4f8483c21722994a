import type { Report } from "../runner";
import { docsPage } from "./words";

/** `{"checks": [{"id", "group", "proves", "result", "seen", "cause", "fix", "seconds", "page"}], "matrix"}`, ending with a newline. */
export function jsonReport(report: Report): string {
    const checks = report.checks.map((check) => ({ ...check, page: docsPage(check.id) }));
    return `${JSON.stringify({ ...report, checks }, undefined, 2)}\n`;
}

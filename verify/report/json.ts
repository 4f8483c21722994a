import type { Report } from "../runner";

/** `{"checks": [{"id", "group", "proves", "result", "seen", "cause", "fix", "seconds"}], "matrix"}`, ending with a newline. */
export function jsonReport(report: Report): string {
    return `${JSON.stringify(report, undefined, 2)}\n`;
}

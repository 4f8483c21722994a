/** The forms of a report. */
import type { Report } from "../runner";
import type { Format } from "./formats";
import { jsonReport } from "./json";
import { junitReport } from "./junit";
import { markdownReport } from "./markdown";
import { tableReport } from "./table";

/** @param columns Width of the terminal, for a table. @returns The report, ending with a newline. */
export function formatReport(report: Report, format: Format, columns: number): string {
    switch (format) {
        case "table":
            return tableReport(report, columns);
        case "json":
            return jsonReport(report);
        case "junit":
            return junitReport(report);
        case "markdown":
            return markdownReport(report);
    }
}

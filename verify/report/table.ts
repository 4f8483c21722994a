import Table from "cli-table3";
import { explanationsOf } from "../check";
import type { CheckReport, Report } from "../runner";
import { callsTable, matrixTable } from "./matrix";
import { conclusion, MARKS, docsPage } from "./words";

/**
 * A table for people, without colors: a line for each check that passed, what was seen for the others, and below them cause
 * and fix.
 */
export function tableReport(report: Report, columns = 120): string {
    const widths = tableWidths(columns);
    const table = new Table({
        head: ["result", "check", "what it proves, or what was seen"],
        colWidths: widths,
        wordWrap: true,
        style: { head: [], border: [] },
        // Without lines between the rows.
        chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    });
    for (const { id, proves, result, seen } of report.checks) {
        table.push([MARKS[result], id, result === "pass" ? proves : seen.join("\n")]);
    }
    return [
        table.toString(),
        ...matrixTable(report.matrix ?? []),
        ...callsTable(report.calls ?? []),
        ...explanations(report.checks),
        `\n${conclusion(report)}`,
        "",
    ].join("\n");
}

function tableWidths(columns: number): number[] {
    const [result, check, borders] = [11, 30, 4];
    return [result, check, Math.max(columns, 80) - result - check - borders];
}

/** Checks with the same causes, such as a cluster that does not answer, are explained together. */
function explanations(checks: readonly CheckReport[]): string[] {
    const byCause = new Map<string, CheckReport[]>();
    for (const check of checks.filter(({ cause }) => cause !== undefined)) {
        const key = JSON.stringify(explanationsOf(check));
        byCause.set(key, [...(byCause.get(key) ?? []), check]);
    }
    return [...byCause.values()].flatMap((together) => [
        "",
        `${together.map(({ id }) => id).join(", ")}:`,
        ...together
            .slice(0, 1)
            .flatMap(explanationsOf)
            .flatMap(({ cause, fix }) => [`    likely cause: ${cause}`, `    fix: ${fix}`]),
        ...together.filter(({ result }) => result !== "error").map(({ id }) => `    more: ${docsPage(id)}`),
    ]);
}

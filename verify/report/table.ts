import Table from "cli-table3";
import type { Result } from "../check";
import { verdict, type CheckReport, type Report } from "../runner";
import { matrixTable } from "./matrix";

const MARKS: Readonly<Record<Result, string>> = {
    pass: "✔ pass",
    fail: "✖ fail",
    skipped: "- skipped",
    error: "! error",
};

/** A table of every check for people, and below it cause and fix of those that did not pass. Without colors. */
export function tableReport(report: Report, columns = 120): string {
    const widths = tableWidths(columns);
    const table = new Table({
        head: ["result", "check", "what was seen"],
        colWidths: widths,
        wordWrap: true,
        style: { head: [], border: [] },
    });
    for (const { id, proves, result, seen } of report.checks) {
        table.push([MARKS[result], `${id}\n${proves}`, seen.join("\n")]);
    }
    return [
        table.toString(),
        ...matrixTable(report.matrix ?? []),
        ...explanations(report.checks),
        conclusion(report),
        "",
    ].join("\n");
}

function tableWidths(columns: number): number[] {
    const [result, borders] = [11, 4];
    const rest = Math.max(columns, 80) - result - borders;
    const check = Math.floor(rest * 0.38);
    return [result, check, rest - check];
}

/** Checks with the same cause, such as a cluster that does not answer, are explained together. */
function explanations(checks: readonly CheckReport[]): string[] {
    const byCause = new Map<string, CheckReport[]>();
    for (const check of checks.filter(({ cause }) => cause !== undefined)) {
        const key = `${check.cause ?? ""}\n${check.fix ?? ""}`;
        byCause.set(key, [...(byCause.get(key) ?? []), check]);
    }
    return [...byCause.values()].flatMap((together) => [
        "",
        `${together.map(({ id }) => id).join(", ")}:`,
        ...indented("likely cause", together[0]?.cause),
        ...indented("fix", together[0]?.fix),
        ...together.filter(({ result }) => result === "fail").map(({ id }) => `    more: docs/checks/${id}.md`),
    ]);
}

function indented(label: string, lines = ""): string[] {
    return lines.split("\n").map((line) => `    ${label}: ${line}`);
}

function conclusion(report: Report): string {
    const count = (wanted: Result): number => report.checks.filter(({ result }) => result === wanted).length;
    const counts = `${count("pass")} passed, ${count("fail")} failed, ${count("error")} could not look, ${count("skipped")} skipped`;
    const sentences = {
        pass: "The clusters are one mesh",
        fail: "The mesh is broken",
        error: "The mesh could not be checked",
    };
    return `\n${sentences[verdict(report)]}: ${counts}.`;
}

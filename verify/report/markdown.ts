import { explanationsOf } from "../check";
import type { CheckReport, Report } from "../runner";
import { conclusion, MARKS, docsPage } from "./words";

/** GitHub's Markdown, for summaries of jobs and comments: a table of all checks, details of those that did not pass. */
export function markdownReport(report: Report): string {
    const rows = report.checks.map(({ id, group, proves, result }) => [MARKS[result], group, `\`${id}\``, proves]);
    const lines = [["", "group", "check", "what it proves"], ["---", "---", "---", "---"], ...rows].map(
        (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
    );
    const failed = report.checks.filter(({ result }) => ["fail", "warning", "error"].includes(result));
    return `${[`**${conclusion(report)}**`, lines.join("\n"), ...failed.map(details)].join("\n\n")}\n`;
}

function details(check: CheckReport): string {
    const { id, seen } = check;
    return [
        `### ${id}`,
        "",
        ...seen.map((line) => `- seen: ${line}`),
        ...explanationsOf(check).flatMap(({ cause, fix }) => [`- likely cause: ${cause}`, `- fix: ${fix}`]),
        `- more: ${docsPage(id)}`,
    ].join("\n");
}

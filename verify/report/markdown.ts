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

function details({ id, seen, cause = "", fix = "" }: CheckReport): string {
    const list = (name: string, text: string): string[] =>
        text === "" ? [] : text.split("\n").map((line) => `- ${name}: ${line}`);
    return [
        `### ${id}`,
        "",
        ...list("seen", seen.join("\n")),
        ...list("likely cause", cause),
        ...list("fix", fix),
        `- more: ${docsPage(id)}`,
    ].join("\n");
}

/** A preview as the comment of a pull request: GitHub's Markdown, which other forges show just as well. */
import type { Step } from "../../hosts/interface/steps";
import type { Outcome } from "../../hosts/interface/host";
import { summaryText } from "../summary";
import { impactOf } from "./impact";

/** Finds the comment of an earlier run again, so that it is edited and no second one written. */
export const MARKER = "<!-- istio-multicluster preview -->";

/** More rows than a reader looks at, and a comment has a limit of 65,536 characters. */
const MOST_ROWS = 200;

/** @param outcomes Previews by stack. Values are not shown at all, so no secret can be. */
export function comment(outcomes: ReadonlyMap<string, readonly Outcome[]>): string {
    const sections = [...outcomes].map(([stack, runs]) => section(stack, runs));
    return `${[MARKER, "## What this changes in the mesh", ...sections].join("\n\n")}\n`;
}

function section(stack: string, runs: readonly Outcome[]): string {
    // A component and the stack only hold the others: what they record says nothing more.
    const changes = runs
        .flatMap((run) => run.changes)
        .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("istio-multicluster:"));
    const heading = `### Stack ${stack}`;
    if (changes.length === 0) {
        return `${heading}\n\nNothing changes.`;
    }
    const impact = impactOf(changes).map((sentence) => `- ${sentence}`);
    return [
        heading,
        impact.length > 0 ? impact.join("\n") : "Nothing that other clusters notice.",
        "<details>",
        `<summary>${runs.map(summaryText).join("; ")}</summary>`,
        table(changes),
        "</details>",
    ].join("\n\n");
}

function table(changes: readonly Step[]): string {
    const rows = changes
        .slice(0, MOST_ROWS)
        .map(({ kind, type, name, changes: paths }) => [
            kind,
            type.slice(type.lastIndexOf(":") + 1),
            name,
            pathsOf(paths),
        ]);
    const lines = [["", "type", "resource", "what changes"], ["---", "---", "---", "---"], ...rows].map(
        (cells) => `| ${cells.join(" | ")} |`,
    );
    const rest = changes.length - rows.length;
    return [...lines, ...(rest > 0 ? [`\n… and ${rest} more.`] : [])].join("\n");
}

function pathsOf(paths: Step["changes"]): string {
    return paths
        .map(({ path, replaces }) => `\`${path.replaceAll("|", "\\|")}\`${replaces ? " (needs replacement)" : ""}`)
        .join(", ");
}

/** Words that reports for people share. */
import type { Result } from "../check";
import { verdict, type Report } from "../runner";

export const MARKS: Readonly<Record<Result, string>> = {
    pass: "✔ pass",
    warning: "▲ warning",
    fail: "✖ fail",
    skipped: "- skipped",
    error: "! error",
};

/** Page of a check, from the root of the repository. */
export function docsPage(id: string): string {
    return `docs/checks/${id}.md`;
}

/** `The clusters are one mesh: 7 passed, …` */
export function conclusion(report: Report): string {
    const count = (wanted: Result): number => report.checks.filter(({ result }) => result === wanted).length;
    const counts = `${count("pass")} passed, ${count("fail")} failed, ${count("error")} could not be checked, ${count("skipped")} skipped${count("warning") > 0 ? `, ${count("warning")} with a warning` : ""}`;
    const sentences = report.only
        ? {
              pass: `What was checked (${report.only.join(", ")}) is as it should be`,
              fail: "The mesh is broken",
              error: "The mesh could not be checked",
          }
        : report.before
          ? {
                pass: "The clusters are ready for an up",
                fail: "An up would fail, or break something",
                error: "The clusters could not be checked",
            }
          : {
                pass: "The clusters are one mesh",
                fail: "The mesh is broken",
                error: "The mesh could not be checked",
            };
    return `${sentences[verdict(report)]}: ${counts}.`;
}

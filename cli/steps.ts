/** A run of the host in words: one line a step, its property changes below it, and a summary. */
import type { PropertyChange } from "../embedded/host/diff";
import type { EventSink, Step, StepKind, Summary } from "../embedded/host/events";
import type { Progress } from "../embedded/progress";

const SIGNS: Readonly<Record<StepKind, string>> = {
    create: "+",
    update: "~",
    replace: "±",
    delete: "-",
    read: ">",
    refresh: "↻",
    same: "=",
};
const CHANGE_SIGNS = { add: "+", delete: "-", update: "~" } as const;
const DONE: Readonly<Record<StepKind, string>> = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    read: "read",
    refresh: "refreshed",
    same: "unchanged",
};

/** Longest value that a property change shows whole. */
const VALUE_LIMIT = 100;

/** Prints what a run does. Unchanged and merely read resources are only counted. */
export function eventPrinter(progress: Progress): EventSink {
    return (event) => {
        switch (event.event) {
            case "started":
                return;
            case "waiting":
                progress(`  … ${event.step.name}: ${event.line}`);
                return;
            case "finished":
                if (event.step.kind !== "same" && event.step.kind !== "read") {
                    progress(`  ${describeStep(event.step)}  ${event.seconds.toFixed(1)} s`);
                }
                return;
            case "failed":
                progress(`  ✖ ${event.step.type} ${event.step.name}: ${event.message}`);
                return;
            case "diagnostic":
                if (event.severity !== "debug") {
                    progress(`  ${event.severity}: ${event.message}`);
                }
                return;
            case "output":
                progress(`  | ${event.line}`);
        }
    };
}

function describeStep({ kind, type, name }: Step): string {
    return `${SIGNS[kind]} ${DONE[kind].padEnd(9)} ${name}  (${type})`;
}

/** Every planned step with its property changes, one line each; secrets are already marked. */
export function planText({ changes }: Summary): string {
    return changes
        .map((step) => [
            `${SIGNS[step.kind]} ${step.kind} ${step.name}  (${step.type})`,
            ...step.changes.map(changeLine),
        ])
        .flat()
        .map((line) => `${line}\n`)
        .join("");
}

function changeLine({ path, kind, before, after, replaces }: PropertyChange): string {
    const values = [before, after].filter((value) => value !== undefined).map(shorten);
    return `    ${CHANGE_SIGNS[kind]} ${path}: ${values.join(" → ")}${replaces ? "  (needs a new resource)" : ""}`;
}

function shorten(value: string): string {
    return value.length <= VALUE_LIMIT ? value : `${value.slice(0, VALUE_LIMIT - 1)}…`;
}

/** `2 to create, 1 to update, 31 unchanged` of a preview; `2 created, …` of everything else. */
export function summaryText({ command, counts, result, seconds }: Summary): string {
    const kinds: readonly StepKind[] = ["create", "update", "replace", "delete", "refresh", "same"];
    const words = kinds
        .filter((kind) => counts[kind] > 0)
        .map((kind) => `${counts[kind]} ${command === "preview" && kind !== "same" ? `to ${kind}` : DONE[kind]}`);
    const end = result === "succeeded" ? "" : ` The ${command} ${result === "failed" ? "failed" : "was interrupted"}.`;
    return `${words.join(", ") || "no resources"} in ${seconds.toFixed(1)} s.${end}`;
}

/** Shows a run to a person, line by line. */
import type { PropertyChange, Step, StepKind } from "../../hosts/interface/steps";
import type { EventSink, HostEvent } from "./events";

/** While a step waits, the same thing is said again only after this long. Milliseconds. */
const REMIND_AFTER = 10_000;

/** Longer values are cut in a diff. Characters. */
const LONGEST_VALUE = 120;

const SIGNS: Readonly<Record<StepKind, string>> = {
    create: "+ ",
    update: "~ ",
    replace: "+-",
    delete: "- ",
    read: "> ",
    refresh: "~ ",
    same: "  ",
};

/**
 * An event sink that writes progress: one line a step that changed something, with its duration; what a running step
 * waits for; the differences of updates and replacements; diagnostics and what the program printed.
 * @param write Gets complete lines without a newline.
 */
export function display(write: (line: string) => void, { preview = false } = {}): EventSink {
    const waits = new Map<string, { readonly line: string; readonly at: number }>();
    return (event: HostEvent) => {
        switch (event.event) {
            case "started":
                return;
            case "waiting": {
                const last = waits.get(event.step.urn);
                if (last?.line === event.line && Date.now() - last.at < REMIND_AFTER) return;
                waits.set(event.step.urn, { line: event.line, at: Date.now() });
                write(`   ${label(event.step)}: ${event.line}`);
                return;
            }
            case "finished":
                waits.delete(event.step.urn);
                if (event.step.kind === "same" || event.step.kind === "read") return;
                write(
                    `${SIGNS[event.step.kind]} ${label(event.step)}${preview ? "" : ` (${duration(event.seconds)})`}`,
                );
                for (const change of event.step.changes) write(`     ${describeChange(change)}`);
                return;
            case "failed":
                write(`! ${label(event.step)}: ${event.step.kind} failed after ${duration(event.seconds)}`);
                for (const line of event.message.split("\n")) write(`     ${line}`);
                return;
            case "diagnostic":
                for (const line of event.message.trimEnd().split("\n")) write(`${event.severity}: ${line}`);
                return;
            case "output":
                write(event.line);
        }
    };
}

function label({ type, name }: Step): string {
    return `${type.slice(type.lastIndexOf(":") + 1)} ${name}`;
}

function duration(seconds: number): string {
    return `${seconds.toFixed(1)} s`;
}

function describeChange({ path, kind, before, after, replaces }: PropertyChange): string {
    const sign = { add: "+", delete: "-", update: "~" }[kind];
    const values = [before, after].filter((value) => value !== undefined).map(cut);
    return `${sign} ${path}${values.length > 0 ? `: ${values.join(" => ")}` : ""}${replaces ? " (needs replacement)" : ""}`;
}

function cut(value: string): string {
    return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
}

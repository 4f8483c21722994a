/** The walk of a request, for people and for programs. */
import Table from "cli-table3";
import { causesOf } from "./index";
import type { Hop } from "./hop";

export const MARKS: Readonly<Record<Hop["state"], string>> = {
    passes: "✔ passes",
    ends: "✖ ends",
    unseen: "? unseen",
};

/** `ends` where the request ends at any hop, else `unseen` where it may, else `passes`. */
export function outcomeOf(hops: readonly Hop[]): Hop["state"] {
    const states = new Set(hops.map(({ state }) => state));
    return states.has("ends") ? "ends" : states.has("unseen") ? "unseen" : "passes";
}

/** @param columns Width of the terminal. @returns A table of the hops, why the request ends and what to change. */
export function walkTable(hops: readonly Hop[], columns: number): string {
    const [result, cluster, at, borders] = [12, 14, 21, 5];
    const table = new Table({
        head: ["request", "cluster", "at", "seen"],
        colWidths: [result, cluster, at, Math.max(columns, 80) - result - cluster - at - borders],
        wordWrap: true,
        style: { head: [], border: [] },
        chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    });
    for (const hop of hops) table.push([MARKS[hop.state], hop.cluster, hop.at, hop.seen]);
    const causes = causesOf(hops);
    const explained = causes === undefined ? [] : ["", ...lines("cause", causes.cause), ...lines("fix", causes.fix)];
    return [table.toString(), ...explained, "", conclusion(hops), ""].join("\n");
}

/** @returns `{"outcome", "hops": [{"at", "cluster", "state", "seen", "cause", "fix", "culprit"}]}` */
export function walkJson(hops: readonly Hop[]): string {
    return `${JSON.stringify({ outcome: outcomeOf(hops), hops }, undefined, 2)}\n`;
}

function lines(label: string, text: string): string[] {
    return text.split("\n").map((line) => `${label}: ${line}`);
}

/** Where the request ends, in a sentence. */
export function conclusion(hops: readonly Hop[]): string {
    const end = hops.find(({ state }) => state === "ends");
    if (end !== undefined) return `The request ends in ${end.cluster}, at: ${end.at}.`;
    const unseen = hops.filter(({ state }) => state === "unseen").map(({ at, cluster }) => `${at} in ${cluster}`);
    return unseen.length > 0
        ? `The request may end at what could not be seen: ${unseen.join(", ")}.`
        : "The request is answered.";
}

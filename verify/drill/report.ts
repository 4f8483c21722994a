/** What a drill has shown, for people and for programs. */
import Table from "cli-table3";
import type { Drilled } from "./index";

/** What a drill may cost at most. */
export interface Budget {
    /** Until others answer. */
    readonly seconds: number;
    /** Requests without an answer of 200. */
    readonly lost: number;
}

/** @returns In words, what was beyond the budget; none where all was within it. */
export function beyond({ secondsUntilOthers, secondsBack, load }: Drilled, { seconds, lost }: Budget): string[] {
    return [
        ...(secondsUntilOthers === undefined ? [`nobody else answered within ${seconds} s`] : []),
        ...(load.lost > lost ? [`${load.lost} requests were lost, and ${lost} may be: ${load.reasons[0] ?? ""}`] : []),
        ...(secondsBack === undefined ? ["what was put back does not answer again"] : []),
    ];
}

export function drillTable(drilled: Drilled, budget: Budget): string {
    const { usual, others, secondsUntilOthers: until, secondsBack: back, load } = drilled;
    const table = new Table({
        head: ["", "seen", "at most"],
        style: { head: [], border: [] },
        chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    });
    table.push(
        ["taken", drilled.took.join("\n"), ""],
        ["answered in", usual.join(", "), ""],
        ["meanwhile in", others.join(", ") || "none", ""],
        ["until others answered", seconds(until), `${budget.seconds} s`],
        ["until it was back", seconds(back), ""],
        ["requests", `${load.requests}, half of them on new connections`, ""],
        ["lost", load.lost, budget.lost],
        ["longest time between answers", `${load.longestGap} ms`, ""],
    );
    const broken = beyond(drilled, budget);
    const conclusion = broken.length === 0 ? "Within the budget." : `Beyond the budget: ${broken.join("; ")}.`;
    return [table.toString(), "", conclusion, ""].join("\n");
}

/** @returns `{"budget", "beyond", "took", "usual", "others", "secondsUntilOthers", "secondsBack", "load"}` */
export function drillJson(drilled: Drilled, { seconds: until, lost }: Budget): string {
    const budget = { seconds: until, lost };
    return `${JSON.stringify({ budget, beyond: beyond(drilled, budget), ...drilled }, undefined, 2)}\n`;
}

function seconds(value: number | undefined): string {
    return value === undefined ? "not in time" : `${value.toFixed(1)} s`;
}

/** Which keys Istio's charts know. Helm itself takes a misspelt one without a word, and without effect. */
import { isMap } from "./layers";
import known from "./known.json";
import type { ValueProblem } from "./problem";

export type Chart = keyof typeof known;

/** Keys below a key; `true` where anything may be. */
type Tree = boolean | { readonly [key: string]: Tree };

/** Unknown keys, and maps where the chart has none or the other way round. @param at Path of the values themselves. */
export function keyProblems(chart: Chart, values: unknown, at: string): ValueProblem[] {
    return visit(known[chart], values, at, chart);
}

function visit(tree: Tree, value: unknown, at: string, chart: Chart): ValueProblem[] {
    if (typeof tree === "boolean" || value === null) return [];
    if (!isMap(value)) {
        const rule = `chart ${chart} has a map here, with ${some(Object.keys(tree))}`;
        return [{ path: at, value: JSON.stringify(value), rule, fix: "Correct it, or remove it." }];
    }
    return Object.entries(value).flatMap(([key, inner]) => {
        const path = `${at}.${key}`;
        const below = tree[key];
        if (below !== undefined) return visit(below, inner, path, chart);
        const near = nearest(key, Object.keys(tree));
        const rule = `chart ${chart} has no such value`;
        const fix = near === undefined ? `Remove it: here it has ${some(Object.keys(tree))}.` : `Did you mean ${near}?`;
        return [{ path, rule, fix }];
    });
}

function some(keys: readonly string[]): string {
    const shown = keys.slice(0, 12).join(", ");
    return keys.length > 12 ? `${shown}, and ${keys.length - 12} more` : shown;
}

/** The key that differs least, by at most a third of its letters. */
function nearest(key: string, keys: readonly string[]): string | undefined {
    const [best] = keys
        .map((candidate) => ({ candidate, distance: distance(key.toLowerCase(), candidate.toLowerCase()) }))
        .filter(({ candidate, distance: far }) => far <= Math.max(1, Math.floor(candidate.length / 3)))
        .sort((one, other) => one.distance - other.distance);
    return best?.candidate;
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(one: string, other: string): number {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (const [i, letter] of Array.from(one).entries()) {
        const next = [i + 1];
        for (const [j, candidate] of Array.from(other).entries()) {
            const [above = 0, diagonal = 0, left = 0] = [row[j + 1], row[j], next[j]];
            next.push(Math.min(above + 1, left + 1, diagonal + (letter === candidate ? 0 : 1)));
        }
        row = next;
    }
    return row[other.length] ?? 0;
}

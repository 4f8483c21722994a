/** The way of a request, hop by hop, on a page. */
import type { Element } from "hast";
import { h } from "hastscript";
import { type Hop, named } from "../verify/explain/hop";
import { conclusion, MARKS } from "../verify/explain/report";

/** A list in the order of the request: what it passes, where it ends and why, and what could not be seen. */
export function walkOf(hops: readonly Hop[]): Element[] {
    return [h("p", conclusion(hops)), h("ol", { class: "walk" }, hops.map(hopOf))];
}

function hopOf({ at, cluster, state, seen, cause, fix, culprit }: Hop): Element {
    const why: readonly (readonly [string, string | undefined])[] = [
        ["Likely cause", cause],
        ["Change", culprit && named(culprit)],
        ["Fix", fix],
    ];
    const details = why.flatMap(([name, text]) => (text === undefined ? [] : [h("dt", name), h("dd", text)]));
    return h("li", { class: `at-${state}` }, [
        h("strong", [h("span", { class: state }, MARKS[state]), ` ${at} in ${cluster}`]),
        h("div", seen),
        ...(details.length === 0 ? [] : [h("dl", details)]),
    ]);
}

/** A placed mesh as SVG, in colors of the reader's scheme. What colors say, words say, too. */
import type { Element } from "hast";
import { s } from "hastscript";
import { rowMiddle, type Box, type Line, type Plan } from "./layout";
import type { Card, MeshGraph, Root, Standing } from "./model";
import { short } from "./model";
import { SVG_STYLE } from "./styles";

const PADDING = 12;
const VALUE_AT = 17 * 7.4 + PADDING;

/** @param href Where the name of a cluster leads to; no link without it. */
export function svgOf(graph: MeshGraph, plan: Plan, href?: (cluster: string) => string): Element {
    const { width, height, networks, cards, roots, outside, lines } = plan;
    return s(
        "svg",
        {
            xmlns: "http://www.w3.org/2000/svg",
            viewBox: `0 0 ${width} ${height}`,
            width,
            height,
            role: href === undefined ? "img" : "group",
            ariaLabelledBy: "picture-title",
            class: "mesh",
        },
        s("title", { id: "picture-title" }, titleOf(graph)),
        s("style", SVG_STYLE),
        s("defs", arrow("trust"), arrow("discovery"), arrow("request"), arrow("traffic")),
        networks.map((network) =>
            s("g", { class: "network" }, rect(network, 10), text(network.x + PADDING, network.y + 20, network.name)),
        ),
        lines.map(drawLine),
        roots.map(({ root, ...box }) => drawRoot(root, box)),
        outside === undefined
            ? []
            : s("g", { class: "outside" }, rect(outside, 16), text(outside.x + PADDING, outside.y + 21, "client")),
        cards.map(({ card, ...box }) => drawCard(card, box, href?.(card.name))),
        legend(plan, graph.traffic !== undefined),
    );
}

function titleOf({ name, cards, differences }: MeshGraph): string {
    const count = differences.length;
    return `Mesh ${name}: ${cards.length} clusters, ${count === 0 ? "all as declared" : `${count} differences`}`;
}

function drawCard(card: Card, box: Box, href: string | undefined): Element {
    const { name, clusterName, standing, rows } = card;
    const title = text(box.x + PADDING, box.y + 20, name, "name");
    return s(
        "g",
        { class: ["card", classOf(standing)] },
        s("title", `${name}: ${standing}`),
        rect(box, 6),
        href === undefined ? title : s("a", { href }, title),
        text(box.x + PADDING, box.y + 37, `${clusterName}${mark(standing)}`, "soft"),
        rows.map(({ label, value, standing: of }, index) => {
            const y = box.y + rowMiddle(index) + 4;
            return s(
                "g",
                { class: ["row", classOf(of)] },
                s("line", { x1: box.x, x2: box.x + box.width, y1: y - 15, y2: y - 15 }),
                text(box.x + PADDING, y, label, "soft"),
                text(box.x + VALUE_AT, y, `${value}${mark(of)}`, "value"),
            );
        }),
    );
}

function drawRoot({ fingerprint, subject = "root", standing }: Root, box: Box): Element {
    return s(
        "g",
        { class: ["root", classOf(standing)] },
        s("title", `root CA: ${standing}`),
        rect(box, 6),
        text(box.x + PADDING, box.y + 20, `${subject}${mark(standing)}`, "name"),
        text(box.x + PADDING, box.y + 38, `SHA-256 ${short(fingerprint)}`, "soft"),
    );
}

function drawLine({ kind, standing, points, both, title }: Line): Element {
    const d = points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    const end = `url(#arrow-${kind})`;
    return s(
        "g",
        { class: ["line", kind, classOf(standing)] },
        s("title", title),
        s("path", { d, "marker-end": end, ...(both ? { "marker-start": end } : {}) }),
    );
}

function legend({ legend: { x, y }, undrawn }: Plan, hasTraffic: boolean): Element {
    const entries: (readonly [Line["kind"], string])[] = [
        ["trust", "trusts"],
        ["discovery", "discovers, by a remote Secret"],
        ["request", "the reference request"],
        ...(hasTraffic ? ([["traffic", "calls, as counted"]] as const) : []),
    ];
    let at = x;
    return s(
        "g",
        { class: "legend" },
        entries.map(([kind, words]) => {
            const from = at;
            at += 56 + words.length * 7;
            return s(
                "g",
                { class: ["line", kind] },
                s("path", { d: `M${from} ${y + 16}L${from + 34} ${y + 16}`, "marker-end": `url(#arrow-${kind})` }),
                text(from + 42, y + 20, words, "soft"),
            );
        }),
        undrawn === 0
            ? []
            : text(x, y + 44, `${undrawn} remote Secrets are as declared and not drawn: the table names them.`, "soft"),
    );
}

function arrow(kind: Line["kind"]): Element {
    return s(
        "marker",
        {
            id: `arrow-${kind}`,
            class: ["arrow", kind],
            viewBox: "0 0 8 8",
            refX: 8,
            refY: 4,
            markerWidth: 8,
            markerHeight: 8,
            markerUnits: "userSpaceOnUse",
            orient: "auto-start-reverse",
        },
        s("path", { d: "M0 0L8 4L0 8z" }),
    );
}

function rect({ x, y, width, height }: Box, rx: number): Element {
    return s("rect", { x, y, width, height, rx });
}

function text(x: number, y: number, words: string, className?: string): Element {
    return s("text", { x, y, ...(className === undefined ? {} : { class: className }) }, words);
}

function mark(standing: Standing): string {
    return standing === "as declared" ? "" : ` (${standing})`;
}

/** `not-there` of `not there`. */
export function classOf(standing: Standing): string {
    return standing.replace(" ", "-");
}

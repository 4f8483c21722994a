/** A mesh as Mermaid's flowchart, which GitHub and GitLab draw in Markdown (https://mermaid.js.org/syntax/flowchart.html). */
import { verb } from "./layout";
import type { Card, MeshGraph, Standing } from "./model";
import { short } from "./model";

export function mermaidOf(graph: MeshGraph): string {
    const { cards, roots, trusts, discoveries, path } = graph;
    const numbers = new Map(cards.map(({ name }, index) => [name, index]));
    // Names may hold what Mermaid takes for syntax, so clusters are numbered.
    const cluster = (name: string): string => `c${numbers.get(name) ?? "x"}`;
    const root = (fingerprint: string): string => `root${roots.findIndex((each) => each.fingerprint === fingerprint)}`;
    const networks = [...new Set(cards.map(({ network }) => network))];
    const lines = [
        "flowchart LR",
        ...roots.map(
            ({ fingerprint, subject = "root", standing }) =>
                `${root(fingerprint)}[${quoted(subject, `SHA-256 ${short(fingerprint)}`, words(standing))}]${style(standing)}`,
        ),
        ...networks.flatMap((network, index) => [
            `subgraph n${index}[${quoted(network)}]`,
            ...cards.filter((card) => card.network === network).map((card) => node(cluster(card.name), card)),
            "end",
        ]),
        ...trusts.map(({ root: from, cluster: to, standing }) =>
            link(root(from), "-.->", ["trusts", words(standing)], cluster(to)),
        ),
        ...discoveries
            .filter(({ to }) => numbers.has(to))
            .map((each) => link(cluster(each.from), "-->", [verb(each), words(each.standing)], cluster(each.to))),
        ...(path.length === 0 ? [] : ["client([client])"]),
        ...path
            .filter(({ from, to }) => from?.cluster !== to.cluster)
            .map(({ from, to }) =>
                link(from === undefined ? "client" : cluster(from.cluster), "==>", ["request"], cluster(to.cluster)),
            ),
        "classDef bad stroke:#b3261e,stroke-width:3px,stroke-dasharray:7 4",
        "classDef odd stroke:#8a4600,stroke-width:3px,stroke-dasharray:7 4",
    ];
    return `${lines.join("\n")}\n`;
}

function node(id: string, { name, clusterName, standing, rows }: Card): string {
    const title = name === clusterName ? name : `${name} (${clusterName})`;
    const parts = rows.map(({ label, value, standing: of }) => [label, value, words(of)].filter(Boolean).join(" "));
    return `${id}[${quoted(title, words(standing), ...parts)}]${style(standing)}`;
}

function link(from: string, arrow: string, label: readonly string[], to: string): string {
    return `${from} ${arrow}|${quoted(label.filter(Boolean).join(", "))}| ${to}`;
}

function words(standing: Standing): string {
    return standing === "as declared" ? "" : standing;
}

function style(standing: Standing): string {
    return standing === "as declared" ? "" : standing === "not declared" ? ":::odd" : ":::bad";
}

/** Lines of a label. Mermaid writes characters that mean something to it as entities with `#`. */
function quoted(...lines: readonly string[]): string {
    const escaped = lines.filter(Boolean).map((line) => line.replace(/[#"<>&`]/g, (sign) => `#${sign.charCodeAt(0)};`));
    return `"${escaped.join("<br/>")}"`;
}

/** One page that shows a mesh. Nothing in it is loaded from elsewhere, and nothing runs. */
import type { Element, ElementContent, Root as Page } from "hast";
import { h } from "hastscript";
import type { CheckReport, Report } from "../verify";
import { type CallCell, explanationsOf, isAsListed } from "../verify/check";
import { conclusion, docsPage, MARKS } from "../verify/report/words";
import type { Traffic } from "../verify/traffic";
import { short } from "./model";
import type { Plan } from "./layout";
import type { Card, Discovery, MeshGraph } from "./model";
import { PAGE_STYLE } from "./styles";
import { classOf, svgOf } from "./svg";
import { walkOf } from "./walk";
import type { Hop } from "../verify/explain";
import { trafficWords } from "../verify/traffic/report";
import { version } from "../package.json";

/** What is on a page beside the picture. */
export interface Beside {
    /** Results of the checks, where they ran. */
    readonly report?: Report;
    /** Way of the reference request, where it was followed. */
    readonly walk?: readonly Hop[];
}

export function pageOf(graph: MeshGraph, plan: Plan, now: Date, { report, walk }: Beside): Page {
    const title = `Mesh ${graph.name}`;
    return h(
        null,
        { type: "doctype" },
        h("html", { lang: "en" }, [
            h("head", [
                h("meta", { charset: "utf-8" }),
                h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
                h("meta", {
                    httpEquiv: "Content-Security-Policy",
                    content: "default-src 'none'; style-src 'unsafe-inline'",
                }),
                h("title", title),
                h("style", PAGE_STYLE),
            ]),
            h("body", [
                h("header", [
                    h("h1", title),
                    ...(report === undefined ? [] : [h("p", [h("strong", conclusion(report))])]),
                    h("p", { class: "soft" }, `Seen ${now.toISOString()}, by istio-multicluster ${version}.`),
                ]),
                h("main", [
                    section("Picture", scroll("Picture of the mesh", svgOf(graph, plan, clusterLink))),
                    section("Differences", differences(graph)),
                    ...(report === undefined ? [] : [section("Checks", ...checks(report))]),
                    ...(walk === undefined ? [] : [section("Request", ...walkOf(walk))]),
                    section("Clusters", ...graph.cards.map(cluster)),
                    section("Trust", trust(graph)),
                    section("Discovery", ...discovery(graph)),
                    ...(graph.traffic === undefined ? [] : [section("Traffic", ...traffic(graph.traffic))]),
                ]),
            ]),
        ]),
    );
}

function section(name: string, ...content: ElementContent[]): Element {
    const id = name.toLowerCase();
    return h("section", { ariaLabelledBy: id }, [h("h2", { id }, name), ...content]);
}

function clusterLink(cluster: string): string {
    return `#cluster-${cluster}`;
}

/** What may be wider than the page; with the keyboard it is scrolled when it has the focus. */
function scroll(label: string, content: ElementContent): Element {
    return h("div", { class: "scroll", role: "region", ariaLabel: label, tabIndex: 0 }, content);
}

function table(label: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Element {
    return scroll(
        label,
        h("table", [
            h("thead", h("tr", ...head.map((name) => h("th", { scope: "col" }, name)))),
            h("tbody", ...rows.map(([first = "", ...rest]) => h("tr", rowHead(first), ...rest.map(cell)))),
        ]),
    );
}

type Cell = string | Element;

function rowHead(content: Cell): Element {
    return h("th", { scope: "row" }, content);
}

function cell(content: Cell): Element {
    return h("td", content);
}

function differences({ differences: found }: MeshGraph): Element {
    return found.length === 0
        ? h("p", "Everything that was found is as it is declared.")
        : table(
              "Differences between what is declared and what was found",
              ["where", "declared", "found"],
              found.map(({ where, declared, found: seen }) => [where, declared, seen]),
          );
}

function checks(report: Report): Element[] {
    const results = table(
        "Results of the checks",
        ["check", "result", "group", "what it proves", "what was seen"],
        report.checks.map((check) => [
            check.id,
            h("span", { class: check.result }, MARKS[check.result]),
            check.group,
            check.proves,
            h("div", ...check.seen.map((line) => h("div", line))),
        ]),
    );
    const { matrix = [] } = report;
    const servers = [...new Set(matrix.map(({ to }) => to))];
    const clients = [...new Set(matrix.map(({ from }) => from))];
    const reached = table(
        "Who reaches whom, with mutual TLS",
        ["client \\ server", ...servers],
        clients.map((from) => [
            from,
            ...servers.map((to) => {
                const found = matrix.find((each) => each.from === from && each.to === to);
                return found === undefined ? "" : h("span", { class: found.result }, MARKS[found.result]);
            }),
        ]),
    );
    return [
        ...report.checks.filter(({ cause }) => cause !== undefined).map(explanation),
        results,
        ...(matrix.length === 0 ? [] : [h("h3", "Who reaches whom, with mutual TLS"), reached]),
        ...(report.calls === undefined ? [] : [h("h3", "Who may call which service"), callsTable(report.calls)]),
    ];
}

function callsTable(calls: readonly CallCell[]): Element {
    return table(
        "Who may call which service",
        ["account", "in", "service", "in", "listed", "was"],
        calls.map((cell) => {
            const { account, from, service, to, mayCall, answer } = cell;
            const result = isAsListed(cell) ? "pass" : "fail";
            return [account, from, service, to, mayCall ? "yes" : "no", h("span", { class: result }, answer)];
        }),
    );
}

function traffic(counted: Traffic): Element[] {
    return [
        h("p", trafficWords(counted)),
        table(
            "Who called whom",
            ["client", "in", "service", "answered in", "through", "requests", "failed"],
            counted.calls.map(({ client, cluster: from, service, port, to = "?", gateways, requests, failed }) => [
                ...[client, from, `${service}:${port}`, to, gateways.join(", "), `${requests}`],
                h("span", { class: failed === 0 ? "pass" : "fail" }, `${failed}`),
            ]),
        ),
    ];
}

function explanation(check: CheckReport): Element {
    return h("article", [
        h("h3", [h("span", { class: check.result }, MARKS[check.result]), ` ${check.id}`]),
        h("dl", [
            ...explanationsOf(check).flatMap(({ cause, fix }) => [
                h("dt", "Likely cause"),
                h("dd", cause),
                h("dt", "Fix"),
                h("dd", fix),
            ]),
            h("dt", "More"),
            h("dd", docsPage(check.id)),
        ]),
    ]);
}

function cluster({ name, clusterName, network, standing, rows }: Card): Element {
    return h("section", { id: `cluster-${name}`, ariaLabelledBy: `name-${name}` }, [
        h("h3", { id: `name-${name}` }, name),
        h("p", [`${clusterName} on ${network}: `, h("span", { class: classOf(standing) }, standing)]),
        table(
            `Parts of ${name}`,
            ["part", "found", "standing"],
            rows.map((row) => [row.label, row.value, h("span", { class: classOf(row.standing) }, row.standing)]),
        ),
    ]);
}

function trust({ roots, trusts }: MeshGraph): Element {
    return table(
        "Who trusts which root",
        ["root", "SHA-256", "until", "standing", "trusted by"],
        roots.map(({ fingerprint, subject = "", validTo, standing }) => [
            subject,
            short(fingerprint),
            validTo?.toISOString().slice(0, 10) ?? "",
            h("span", { class: classOf(standing) }, standing),
            trusts
                .filter((each) => each.root === fingerprint && each.standing !== "not there")
                .map((each) => each.cluster)
                .join(", "),
        ]),
    );
}

function discovery({ cards, discoveries, request }: MeshGraph): Element[] {
    const others = [...new Set([...cards.map(({ name }) => name), ...discoveries.map(({ to }) => to)])];
    const words = (found: Discovery | undefined): Cell =>
        found === undefined
            ? ""
            : h("span", { class: classOf(found.standing) }, [
                  ...(found.standing === "as declared" ? [] : [`${found.standing}: `]),
                  ...(found.serves ? ["serves it, "] : []),
                  found.server === undefined ? "no remote Secret" : `${found.status ?? "unknown"} at ${found.server}`,
              ]);
    return [
        table(
            "Which cluster discovers which, and by which API server",
            ["reader \\ read", ...others],
            cards.map(({ name: from }) => [
                from,
                ...others.map((to) => words(discoveries.find((each) => each.from === from && each.to === to))),
            ]),
        ),
        ...(request === undefined ? [] : [h("p", `Reference request: ${request}`)]),
    ];
}

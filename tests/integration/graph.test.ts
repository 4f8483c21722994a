/** Pictures and pages in a real browser. Screenshots are left where `SCREENSHOTS` says, for people to look at. */
import AxeBuilder from "@axe-core/playwright";
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { drawMesh, formatGraph, htmlPage, type MeshGraph } from "../../graph";
import { mermaidOf } from "../../graph/mermaid";
import type { Beside } from "../../graph/page";
import type { Hop } from "../../verify/explain";
import type { Report } from "../../verify";
import { openBrowser } from "../support/browser";
import { drawable, drawEast, NOW } from "../support/drawn";

const healthy = (count: number): MeshGraph => {
    const { declared, surveys } = drawable(count);
    return drawMesh(declared, surveys, NOW);
};
const broken = drawEast({ remotes: [], roots: [{ subject: "O=foreign", fingerprint: "FF:FF", validTo: NOW }] });
const check = { group: "trust" as const, proves: "All trust one root", seconds: 0.1 };
const called = { from: "west", service: "catalog.shop", to: "east" };
const results: Report = {
    checks: [
        {
            ...check,
            id: "common-root",
            result: "fail",
            seen: ["east: another"],
            cause: "Another root.",
            fix: "Issue it.",
        },
        { ...check, id: "trust-domain", result: "pass", seen: ["west: cluster.local"] },
        { ...check, id: "failover", result: "skipped", seen: ["no peers"] },
    ],
    matrix: [
        { from: "west", to: "east", result: "pass" },
        { from: "east", to: "west", result: "fail" },
    ],
    calls: [
        { ...called, account: "shop/web", mayCall: true, answer: "let in" },
        { ...called, account: "shop/batch", mayCall: false, answer: "let in" },
    ],
};
const { declared, surveys } = drawable(2);
const call = { client: "web.shop", cluster: "west", service: "catalog.shop", port: 80 };
const busy = drawMesh(declared, surveys, NOW, {
    calls: [
        { ...call, to: "west", gateways: [], requests: 20, failed: 0 },
        { ...call, to: "east", gateways: ["10.89.0.56:15443"], requests: 120, failed: 2 },
    ],
    seconds: 10,
});
const WALK: Hop[] = [
    { at: "DNS name", cluster: "west", state: "passes", seen: "catalog.shop is 10.96.0.7" },
    { at: "policies", cluster: "west", state: "unseen", seen: "may not be listed" },
    {
        ...{ at: "DestinationRule", cluster: "west", state: "ends", seen: "tls.mode SIMPLE" },
        ...{ cause: "The rule sends TLS that is not the mesh's.", fix: "Remove tls." },
        culprit: { kind: "DestinationRule", namespace: "shop", name: "catalog", cluster: "west", field: "spec.tls" },
    },
];
const PAGES: [string, MeshGraph, Beside][] = [
    ["two-clusters", healthy(2), {}],
    ["twenty-clusters", healthy(20), {}],
    ["broken", broken, { report: results, walk: WALK }],
    ["busy", busy, { report: results }],
];

describe("pictures in a browser", function () {
    this.timeout(300_000);

    const folder = mkdtempSync(path.join(os.tmpdir(), "mesh-pictures-"));
    const screenshots = process.env["SCREENSHOTS"] ?? folder;
    let browser: Browser;

    before(async () => {
        browser = await openBrowser();
    });
    after(async () => {
        await browser.close();
        rmSync(folder, { recursive: true });
    });

    /** Opens a file; what the browser complains about is collected. */
    async function open(
        file: string,
        text: string,
        scheme: "light" | "dark",
    ): Promise<{ page: Page; complaints: string[] }> {
        const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1280, height: 900 } });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", ({ message }) => complaints.push(message));
        page.on("request", (request) => {
            if (!request.url().startsWith("file:")) complaints.push(request.url());
        });
        const where = path.join(folder, file);
        writeFileSync(where, text);
        await page.goto(pathToFileURL(where).href);
        return { page, complaints };
    }

    for (const [name, graph, beside] of PAGES) {
        for (const scheme of ["light", "dark"] as const) {
            it(`page ${name}, ${scheme}: no complaint of the browser, none of axe`, async () => {
                const { page, complaints } = await open(`${name}.html`, await htmlPage(graph, NOW, beside), scheme);
                const { violations } = await new AxeBuilder({ page }).analyze();
                await page.screenshot({ path: path.join(screenshots, `${name}-${scheme}.png`), fullPage: true });
                expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).to.deep.equal([]);
                expect(complaints).to.deep.equal([]);
                await page.context().close();
            });
        }
    }

    it("cards are reached with the keyboard and lead to their cluster", async () => {
        const { page } = await open("keys.html", await formatGraph(healthy(2), "html", NOW), "light");
        const focused = () => page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent");
        await page.keyboard.press("Tab");
        expect(await focused()).to.equal("Picture of the mesh");
        await page.keyboard.press("Tab");
        expect(await focused()).to.equal("west");
        await page.keyboard.press("Enter");
        expect(page.url()).to.match(/#cluster-west$/);
        await page.context().close();
    });

    for (const [name, graph] of PAGES) {
        it(`no words of the picture ${name} leave their card`, async () => {
            const { page, complaints } = await open(`${name}.svg`, await formatGraph(graph, "svg", NOW), "light");
            const wide = await page.evaluate(`[...document.querySelectorAll(".card, .root")].flatMap((card) => {
                const { right, bottom } = card.querySelector("rect").getBoundingClientRect();
                return [...card.querySelectorAll("text")].filter((text) => {
                    const box = text.getBoundingClientRect();
                    return box.right > right || box.bottom > bottom;
                }).map((text) => text.textContent);
            })`);
            expect(wide).to.deep.equal([]);
            expect(complaints).to.deep.equal([]);
            await page.context().close();
        });
    }

    it("Mermaid draws its form", async () => {
        const library = pathToFileURL(require.resolve("mermaid/dist/mermaid.min.js")).href;
        for (const [name, graph] of PAGES) {
            const html = `<!doctype html><script src="${library}"></script>`;
            const { page } = await open("mermaid.html", html, "light");
            const code = JSON.stringify(mermaidOf(graph));
            const svg = await page.evaluate(
                `mermaid.initialize({ startOnLoad: false }), mermaid.render("drawn", ${code}).then(({ svg }) => svg)`,
            );
            expect(svg, name).to.be.a("string").and.to.contain("west-cluster").and.to.not.contain("Syntax error");
            await page.context().close();
        }
    });
});

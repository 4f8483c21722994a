import { expect } from "chai";
import { drawMesh, formatGraph, htmlPage } from "../../../graph";
import { layout, type Box } from "../../../graph/layout";
import { mermaidOf } from "../../../graph/mermaid";
import type { Hop } from "../../../verify/explain";
import { drawable, drawEast, NOW } from "../../support/drawn";

const meshOf = (count: number) => {
    const { declared, surveys } = drawable(count);
    return drawMesh(declared, surveys, NOW);
};

describe("pictures of a mesh", () => {
    for (const count of [2, 20]) {
        it(`have ${count} clusters side by side, none over another, all on the plane`, async () => {
            const { cards, roots, width, height, lines } = await layout(meshOf(count));
            const boxes: Box[] = [...cards, ...roots];
            expect(boxes).to.have.length(count + 1);
            for (const box of boxes) {
                expect(box.x).to.be.at.least(0);
                expect(box.x + box.width).to.be.at.most(width);
                expect(box.y + box.height).to.be.at.most(height);
                const over = boxes.filter(
                    (other) =>
                        other !== box &&
                        other.x < box.x + box.width &&
                        box.x < other.x + other.width &&
                        other.y < box.y + box.height &&
                        box.y < other.y + other.height,
                );
                expect(over).to.deep.equal([]);
            }
            expect(lines.every(({ points }) => points.length > 1)).to.equal(true);
        });
    }

    it("draw both ways of a discovery as one line, and of many clusters only what differs", async () => {
        const two = await layout(meshOf(2));
        expect(two.lines.filter(({ kind }) => kind === "discovery").map(({ both }) => both)).to.deep.equal([true]);
        expect(two.undrawn).to.equal(0);
        const twenty = await layout(meshOf(20));
        expect(twenty.lines.filter(({ kind }) => kind === "discovery")).to.deep.equal([]);
        expect(twenty.undrawn).to.equal(380);
        const broken = await layout(drawEast({ remotes: [] }));
        expect(broken.lines.filter(({ kind }) => kind === "discovery").map(({ title }) => title)).to.deep.equal([
            "west discovers east: as declared",
            "east discovers west: not there",
        ]);
    });

    it("draw what was counted from one cluster to another, and list all of it", async () => {
        const { declared, surveys } = drawable(2);
        const called = { client: "web.shop", cluster: "west", service: "catalog.shop", port: 80 };
        const calls = [
            { ...called, to: "west", gateways: [], requests: 20, failed: 0 },
            { ...called, to: "east", gateways: ["10.89.0.101:15443"], requests: 100, failed: 1 },
            { ...called, to: "east", service: "orders.shop", gateways: ["10.89.0.101:15443"], requests: 20, failed: 0 },
            { ...called, gateways: [], requests: 3, failed: 3 },
        ];
        const graph = drawMesh(declared, surveys, NOW, { calls, seconds: 10 });
        expect(graph.cards.map(({ rows }) => rows.find(({ part }) => part === "traffic")?.value)).to.deep.equal([
            "120, 1 of them failed, to east",
            undefined,
        ]);
        const lines = (await layout(graph)).lines.filter(({ kind }) => kind === "traffic");
        expect(lines.map(({ title }) => title)).to.deep.equal([
            "clients in west called east 120 times, 1 failed, through 10.89.0.101:15443",
        ]);
        const html = await formatGraph(graph, "html", NOW);
        expect(html)
            .to.contain("143 requests in 10 s, 123 of them to another cluster.")
            .and.to.contain("orders.shop:80");
    });

    it("have the way of a request beside them, with what ends it", async () => {
        const walk: Hop[] = [
            { at: "DNS name", cluster: "west", state: "passes", seen: "catalog.shop is 10.96.0.7" },
            {
                ...{ at: "DestinationRule", cluster: "west", state: "ends", seen: "TLS of another kind" },
                ...{ cause: "The rule sends TLS that is not the mesh's.", fix: "Remove it." },
                culprit: { kind: "DestinationRule", namespace: "shop", name: "a", cluster: "west", field: "spec.tls" },
            },
        ];
        const html = await htmlPage(meshOf(2), NOW, { walk });
        expect(html).to.contain("The request ends in west, at: DestinationRule.");
        const [passed, ended] = html.split("<li ").slice(1);
        expect(passed).to.contain("DNS name in west").and.not.contain("<dl>");
        expect(ended).to.contain("DestinationRule shop/a in west (spec.tls)").and.contain("Remove it.");
        expect(await htmlPage(meshOf(2), NOW)).to.not.contain("<ol");
    });

    it("write names as text, whatever they hold", async () => {
        const { declared, surveys } = drawable(2);
        const graph = drawMesh({ ...declared, meshId: `<script>"&` }, surveys, NOW);
        const html = await formatGraph(graph, "html", NOW);
        expect(html).to.not.contain("<script");
        expect(html).to.contain("Mesh &#x3C;script>");
        const root = { subject: `O="a" #1 <b>`, fingerprint: "AA", validTo: NOW };
        expect(mermaidOf(drawEast({ roots: [root] }))).to.contain("O=#34;a#34; #35;1 #60;b#62;");
    });
});

import { createServer, type IncomingHttpHeaders } from "node:http";
import { expect } from "chai";
import { catalog } from "../../../apps/catalog/app";
import { ITEMS } from "../../../apps/catalog/items";
import { webapp } from "../../../apps/webapp/app";
import { Loopback } from "./loopback";

describe("webapp", () => {
    const loopback = new Loopback();
    const inWest = (catalogUrl: string): Promise<string> =>
        loopback.start(webapp({ port: 0, cluster: "west", catalogUrl }));
    const catalogInEast = (): Promise<string> =>
        loopback.start(catalog({ port: 0, cluster: "east", catalogUrl: "http://unused.example" }));

    afterEach(() => loopback.close());

    it("serves east's catalogue and names both clusters", async () => {
        const url = await inWest(await catalogInEast());
        const response = await fetch(`${url}/api/catalog`);
        expect(response.status).to.equal(200);
        expect(response.headers.get("x-cluster")).to.equal("west");
        expect(response.headers.get("x-catalog-cluster")).to.equal("east");
        expect(await response.json()).to.deep.equal({ cluster: "east", items: ITEMS, webapp: { cluster: "west" } });
    });

    it("serves one item and passes on catalog's 404", async () => {
        const url = await inWest(await catalogInEast());
        const item = await fetch(`${url}/api/catalog/items/1`);
        expect(await item.json()).to.deep.equal({ cluster: "east", item: ITEMS[1], webapp: { cluster: "west" } });
        const missing = await fetch(`${url}/api/catalog/items/77`);
        expect(missing.status).to.equal(404);
        expect(await missing.json()).to.include({ cluster: "east", error: "no item with id 77" });
    });

    it("carries the trace headers to catalog, and no others of the caller", async () => {
        let seen: IncomingHttpHeaders = {};
        const recorder = createServer((request, response) => {
            seen = request.headers;
            response.end("{}");
        });
        const url = await inWest(await loopback.start(recorder));
        await fetch(`${url}/api/catalog`, {
            headers: { "x-request-id": "r1", traceparent: "00-aa-bb-01", "x-b3-traceid": "t1", cookie: "secret=1" },
        });
        expect(seen).to.include({ "x-request-id": "r1", traceparent: "00-aa-bb-01", "x-b3-traceid": "t1" });
        expect(seen).not.to.have.property("cookie");
    });

    it("answers 502 with the reason when catalog refuses connections", async () => {
        const url = await inWest("http://127.0.0.1:1");
        const response = await fetch(`${url}/api/catalog`);
        expect(response.status).to.equal(502);
        const body = (await response.json()) as { error: string };
        expect(body).to.deep.include({ cluster: "west", webapp: { cluster: "west" } });
        expect(body.error).to.equal("catalog cannot be reached: connect ECONNREFUSED 127.0.0.1:1");
    });

    it("answers 502 with the sidecar's words when no endpoint is healthy", async () => {
        const sidecar = createServer((_request, response) => {
            response.writeHead(503, { "content-type": "text/plain" });
            response.end("no healthy upstream");
        });
        const url = await inWest(await loopback.start(sidecar));
        const response = await fetch(`${url}/api/catalog`);
        expect(response.status).to.equal(502);
        expect(await response.json()).to.include({ error: "catalog answered 503: no healthy upstream" });
    });

    it("answers 504 when catalog is silent", async () => {
        const silent = createServer(() => {
            // Never answers.
        });
        const url = await inWest(await loopback.start(silent));
        const response = await fetch(`${url}/api/catalog`);
        expect(response.status).to.equal(504);
        expect(await response.json()).to.include({ error: "catalog did not answer within 5 s" });
    });

    it("shows people a page that names both clusters, with an accessible table", async () => {
        const url = await inWest(await catalogInEast());
        const response = await fetch(url);
        expect(response.headers.get("content-type")).to.equal("text/html; charset=utf-8");
        const html = await response.text();
        expect(html).to.contain('<html lang="en">');
        expect(html).to.contain("in cluster <strong>west</strong>");
        expect(html).to.contain("in cluster <strong>east</strong>");
        expect(html.match(/<th scope="col">/g)).to.have.length(4);
        expect(html.match(/<tr><td>/g)).to.have.length(ITEMS.length);
    });

    it("escapes what catalog sends", async () => {
        const hostile = createServer((_request, response) => {
            response.end(JSON.stringify({ cluster: "<script>alert(1)</script>", items: [] }));
        });
        const url = await inWest(await loopback.start(hostile));
        const html = await (await fetch(url)).text();
        expect(html).to.contain("&lt;script&gt;");
        expect(html).not.to.contain("<script>");
    });

    it("shows people the reason when there is no catalogue", async () => {
        const url = await inWest("http://127.0.0.1:1");
        const response = await fetch(url);
        expect(response.status).to.equal(502);
        expect(await response.text()).to.contain('role="alert"');
    });
});

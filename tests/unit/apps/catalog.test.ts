import { expect } from "chai";
import { catalog } from "../../../apps/catalog/app";
import { ITEMS } from "../../../apps/catalog/items";
import { Loopback } from "./loopback";

describe("catalog", () => {
    const loopback = new Loopback();
    let url: string;

    beforeEach(async () => {
        url = await loopback.start(catalog({ port: 0, cluster: "east", catalogUrl: "http://unused.example" }));
    });
    afterEach(() => loopback.close());

    it("lists every item and names its cluster in body and header", async () => {
        const response = await fetch(`${url}/items`);
        expect(response.status).to.equal(200);
        expect(response.headers.get("x-cluster")).to.equal("east");
        expect(await response.json()).to.deep.equal({ cluster: "east", items: ITEMS });
    });

    it("answers one item", async () => {
        const response = await fetch(`${url}/items/2`);
        expect(await response.json()).to.deep.equal({ cluster: "east", item: ITEMS[2] });
    });

    it("answers 404 in JSON for an unknown item and an unknown page", async () => {
        const item = await fetch(`${url}/items/99`);
        expect(item.status).to.equal(404);
        expect(await item.json()).to.deep.equal({ cluster: "east", error: "no item with id 99" });
        const page = await fetch(`${url}/items/two`);
        expect(page.status).to.equal(404);
        expect(await page.json()).to.deep.equal({ cluster: "east", error: "no such page: /items/two" });
    });

    it("refuses other methods", async () => {
        const response = await fetch(`${url}/items`, { method: "POST" });
        expect(response.status).to.equal(405);
        expect(response.headers.get("allow")).to.equal("GET, HEAD");
    });

    it("answers HEAD without a body", async () => {
        const response = await fetch(`${url}/healthz`, { method: "HEAD" });
        expect(response.status).to.equal(200);
        expect(await response.text()).to.equal("");
    });

    it("has items with distinct ids and prices of two decimals", () => {
        expect(new Set(ITEMS.map(({ id }) => id)).size).to.equal(ITEMS.length);
        for (const { price } of ITEMS) {
            expect(price).to.match(/^\d+\.\d\d$/);
        }
    });
});

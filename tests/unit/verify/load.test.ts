import { expect } from "chai";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Load } from "../../../verify/drill/load";
import { Loopback } from "../apps/loopback";

describe("a load", () => {
    const loopback = new Loopback();
    afterEach(() => loopback.close());

    it("counts what is lost, and keeps the words of it", async () => {
        let asked = 0;
        const server = createServer((_, response) => {
            const isLost = ++asked === 2;
            response.writeHead(isLost ? 503 : 200);
            response.end(isLost ? "upstream connect error" : "x".repeat(100_000));
        });
        const load = new Load(await loopback.start(server), "shop.example.org");
        while (load.seen.requests < 6) await sleep(10);
        const { lost, requests, newConnections, reasons } = await load.stop();
        expect({ lost, requests, newConnections }).to.deep.equal({
            lost: 1,
            requests: asked,
            newConnections: Math.ceil(asked / 2),
        });
        expect(reasons).to.have.length(1);
        expect(reasons[0]).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z status 503: upstream connect error$/);
    });
});

/** Calls between two looks at the counters of proxies. */
import { expect } from "chai";
import { type Addresses, callsBetween, type Count } from "../../../verify/traffic";
import { trafficJson, trafficTable } from "../../../verify/traffic/report";

const count = (endpoint: string, asked: number, failed = 0, pod = "shop/web-1"): Count => ({
    pod,
    client: "web.shop",
    service: "catalog.shop",
    port: 80,
    endpoint,
    asked,
    failed,
});
const ADDRESSES: Addresses = {
    gateways: new Map([
        ["10.1.0.50:15443", "east"],
        ["10.1.0.51:15443", "east"],
    ]),
    pods: new Map([["10.2.0.1", "west"]]),
};
const between = (before: Count[], after: Count[]) => callsBetween("west", ADDRESSES, before, after);
const WHO = { cluster: "west", client: "web.shop", service: "catalog.shop", port: 80 };

describe("calls between two looks", () => {
    it("are what was asked meanwhile, by the cluster that was asked, pods of one app together", () => {
        const before = [count("10.2.0.1:8080", 10), count("10.1.0.50:15443", 5, 1)];
        const after = [
            count("10.2.0.1:8080", 14),
            count("10.1.0.50:15443", 8, 3),
            count("10.1.0.51:15443", 2),
            count("10.2.0.1:8080", 3, 0, "shop/web-2"),
        ];
        expect(between(before, after)).to.deep.equal([
            { ...WHO, to: "west", gateways: [], requests: 7, failed: 0 },
            { ...WHO, to: "east", gateways: ["10.1.0.50:15443", "10.1.0.51:15443"], requests: 5, failed: 2 },
        ]);
    });

    it("leave out whom nobody asked", () => {
        expect(between([count("10.2.0.1:8080", 10)], [count("10.2.0.1:8080", 10)])).to.deep.equal([]);
    });

    it("begin at zero for an endpoint that went and came back", () => {
        const [call] = between([count("10.2.0.1:8080", 10, 2)], [count("10.2.0.1:8080", 4, 1)]);
        expect(call).to.deep.include({ requests: 4, failed: 1 });
    });

    it("name no cluster for an address that none has", () => {
        expect(between([], [count("192.0.2.1:80", 1)])).to.deep.equal([
            { ...WHO, gateways: [], requests: 1, failed: 0 },
        ]);
    });

    it("are printed with how many crossed a border", () => {
        const calls = between([], [count("10.2.0.1:8080", 3), count("10.1.0.50:15443", 2, 1)]);
        const table = trafficTable({ calls, seconds: 10 });
        expect(table).to.match(/web\.shop +│ west │ catalog\.shop:80 │ east +│ 10\.1\.0\.50:15443 │ +2 │ +1 │/);
        expect(table).to.contain("5 requests in 10 s, 2 of them to another cluster.");
        expect(trafficTable({ calls: [], seconds: 10 })).to.equal(
            "0 requests in 10 s, 0 of them to another cluster.\n",
        );
        expect(JSON.parse(trafficJson({ calls, seconds: 10 }))).to.deep.equal({ seconds: 10, calls });
    });
});

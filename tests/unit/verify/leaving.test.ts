/** Who still knows a cluster that leaves, and what only it answers. */
import { expect } from "chai";
import { answeredOnlyBy, type Known, knowingOf, type Leaving } from "../../../verify/leaving";

const EAST: Leaving = {
    name: "east",
    clusterName: "east-cluster",
    network: "east-network",
    gateways: ["10.0.0.9:15443"],
    pods: ["10.120.0.7"],
};

const cluster = (name: string, network = `${name}-network`) => ({
    ...{ name, clusterName: `${name}-cluster`, network, kubeconfig: "" },
});

type Proxy = Known["proxies"][number];
const proxy = (...sendsTo: string[]): Proxy => ({ pod: "shop/web-0", sendsTo });

/** West, which knows nothing of east, but for `changes`. */
function west(changes: Partial<Known["istiods"][number]> = {}, one: Proxy = proxy()): Known {
    const istiod = { pod: "istiod-0", reads: ["west-cluster"], endpoints: {}, gateways: [], unconfirmed: [] };
    return { cluster: "west", istiods: [{ ...istiod, ...changes }], proxies: [one] };
}

function reasons(known: Known, clusters = [cluster("west")]): string[] {
    return knowingOf(known, EAST, { clusters }).map(({ who, why }) => `${who} ${why}`);
}

describe("a cluster that leaves", () => {
    it("is forgotten when no istiod and no proxy has anything of it", () => {
        const others = { gateways: [{ network: "north-network", address: "10.0.0.3", port: 15443 }] };
        expect(reasons(west(others, proxy("10.0.0.3:15443", "10.110.0.2:8080")))).to.deep.equal([]);
    });

    it("is known to an istiod that reads it, or has endpoints of it", () => {
        const endpoints = { "east-cluster": { "orders.shop": ["10.120.0.7", "10.120.0.8"], "stock.shop": [] } };
        expect(reasons(west({ reads: ["west-cluster", "east-cluster"], endpoints }))).to.deep.equal([
            "istiod-0 reads east",
            "istiod-0 knows 2 endpoints in east",
        ]);
    });

    it("is known by its gateways, and by any into a network on which nobody else is", () => {
        const gateways = [
            { network: "east-network", address: "10.0.0.9", port: 15443 },
            { network: "east-network", address: "10.0.0.8", port: 15443 },
        ];
        const known = knowingOf(west({ gateways }), EAST, { clusters: [cluster("west")] });
        expect(known.map(({ why, isGateway }) => [why, isGateway])).to.deep.equal([
            ["knows the gateway 10.0.0.9:15443 of east", true],
            ["knows the gateway 10.0.0.8:15443 of east", true],
        ]);
        const shared = [cluster("west"), cluster("north", "east-network")];
        expect(reasons(west({ gateways }), shared)).to.deep.equal([
            "istiod-0 knows the gateway 10.0.0.9:15443 of east",
        ]);
    });

    it("is known to proxies that send requests to a gateway or a pod of it, or do not say so", () => {
        expect(reasons(west({}, proxy("10.0.0.9:15443")))).to.deep.equal([
            "shop/web-0 sends requests to 10.0.0.9:15443 of east",
        ]);
        expect(reasons(west({}, proxy("10.120.0.7:8080")))).to.deep.equal([
            "shop/web-0 sends requests to 10.120.0.7:8080 of east",
        ]);
        expect(reasons(west({}, { pod: "shop/web-0", unreadable: "no answer" }))).to.deep.equal([
            "shop/web-0 does not answer: no answer",
        ]);
        expect(reasons(west({ unconfirmed: ["web-0.shop"] }))).to.deep.equal([
            "web-0.shop has not confirmed what istiod sent it",
        ]);
    });

    it("is needed for Services that it alone answers, and others have", () => {
        const endpoints = {
            "west-cluster": { "stock.shop": ["10.110.0.2"], "orders.shop": [] },
            "east-cluster": {
                "orders.shop": ["a"],
                "stock.shop": ["b"],
                "tools.east": ["c"],
                "dns.kube-system": ["d"],
            },
        };
        const services = ["orders.shop", "stock.shop", "dns.kube-system"];
        expect(
            answeredOnlyBy("east-cluster", [
                { cluster: "west", services, endpoints },
                { cluster: "north", services: ["orders.shop"], endpoints },
            ]),
        ).to.deep.equal([{ service: "orders.shop", callers: ["west", "north"] }]);
    });
});

/** What the checks make of what istiods and proxies know of each other's clusters. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { conclude, type Part } from "../../../verify/check";
import { gatewayRoutes, type GatewayRoutes } from "../../../verify/checks/gateways/gatewayRoutes";
import { istiodReady } from "../../../verify/checks/controlPlane/istiodReady";
import { networkGateways } from "../../../verify/checks/discovery/networkGateways";
import { noRawEndpoints } from "../../../verify/checks/discovery/noRawEndpoints";
import { peerEndpoints, type PeerEndpoints } from "../../../verify/checks/discovery/peerEndpoints";
import { proxiesSynced, type SyncedProxies } from "../../../verify/checks/controlPlane/proxiesSynced";
import { remoteCredentials, type Trial } from "../../../verify/checks/discovery/remoteCredentials";
import { leadsTo, listensFor, openingsOf, passesOn } from "../../../verify/observe/gatewayResources";
import { parseServerNames } from "../../../verify/observe/envoyAnswers";
import {
    type KnownGateway,
    parseEndpointShardz,
    parseNetworkz,
    parseSyncz,
    type ProxySync,
} from "../../../verify/observe/istiod";
import type { Selector } from "../../../verify/observe/meshConfig";
import { twoClusters } from "./meshes";

/** What istiod and the east-west gateway of a local west cluster answered (Istio 1.32 development, Envoy 1.40). */
function recorded(file: string): string {
    return readFileSync(path.join(__dirname, "recorded", file), "utf8");
}

function cause(parts: readonly Part[]): string | undefined {
    return conclude(parts).cause;
}

describe("answers of istiod and Envoy", () => {
    it("name gateways by network", () => {
        expect(parseNetworkz(recorded("istiod-networkz.json"))).to.deep.equal([
            { network: "west-network", address: "10.64.1.1", port: 15443 },
            { network: "east-network", address: "10.64.1.32", port: 15443 },
        ]);
        expect(parseNetworkz("null")).to.deep.equal([]);
    });

    it("name endpoints by cluster and Service", () => {
        const endpoints = parseEndpointShardz(recorded("istiod-endpointShardz.json"));
        expect(endpoints["east-cluster"]).to.deep.include({
            "catalog.istioinaction": ["10.64.48.5"],
            "istio-eastwestgateway.istio-system": ["10.64.48.6"],
        });
        expect(endpoints["west-cluster"]?.["webapp.istioinaction"]).to.deep.equal(["10.64.16.5"]);
        const others = '{"a.shop.svc.cluster.local":{"shop":{"Shards":{"External/west":[],"Kubernetes/west":null}}}}';
        expect(parseEndpointShardz(others)).to.deep.equal({ west: { "a.shop": [] } });
        const upTo123 =
            '{"a.shop.svc.x":{"shop":{"Shards":{"Kubernetes/west":[{"Address":"10.1.2.3","ServicePortName":""}]}}}}';
        expect(parseEndpointShardz(upTo123)).to.deep.equal({ west: { "a.shop": ["10.1.2.3"] } });
    });

    it("name proxies, and what they have not confirmed", () => {
        const proxies = parseSyncz(recorded("istiod-syncz.json"));
        expect(proxies.map(({ proxy }) => proxy.replace(/-[a-z0-9]+-[a-z0-9]+\./, "."))).to.have.members([
            "istio-eastwestgateway.istio-system",
            "istio-ingressgateway.istio-system",
            "webapp.istioinaction",
        ]);
        expect(proxies.flatMap(({ unconfirmed }) => unconfirmed)).to.deep.equal([]);
        expect(parseSyncz('[{"proxy":"a.b","route_sent":"2","route_acked":"1","listener_sent":"1"}]')).to.deep.equal([
            { proxy: "a.b", unconfirmed: ["listener", "route"] },
        ]);
    });

    it("name the Services that a gateway takes connections for", () => {
        expect(parseServerNames(recorded("envoy-listeners.json"))).to.include(
            "outbound_.80_._.catalog.istioinaction.svc.cluster.local",
        );
        expect(parseServerNames("{}")).to.equal(undefined);
        const draining = '{"configs":[{"name":"0.0.0.0_15443"}]}';
        expect(parseServerNames(draining)).to.equal(undefined);
        const open = '{"configs":[{"active_state":{"listener":{"filter_chains":[{}]}}}]}';
        expect(parseServerNames(open)).to.deep.equal([]);
    });

    it("are refused in another form", () => {
        expect(() => parseNetworkz("x")).to.throw("istiod's /debug/networkz: not JSON: x");
        expect(() => parseEndpointShardz("[]")).to.throw("istiod's /debug/endpointShardz: ");
        expect(() => parseSyncz("{}")).to.throw("istiod's /debug/syncz: ");
        expect(() => parseServerNames("[]")).to.throw("Envoy's listeners: ");
    });
});

describe("istiod-ready", () => {
    const judge = (ready: string[], notReady: string[] = []) =>
        cause(
            istiodReady.judge(
                [{ cluster: "east", namespace: "istio-system", others: [], ready, notReady }],
                twoClusters,
            ),
        );

    it("needs a replica, and all of them ready", () => {
        expect(judge(["istiod-0", "istiod-1"])).to.equal(undefined);
        expect(judge([])).to.contain("east has no control plane");
        expect(judge(["istiod-0"], ["istiod-1"])).to.contain("does not start or does not answer: istiod-1");
    });
});

describe("proxies-synced", () => {
    const judge = (running: string[], connected: ProxySync[]) => {
        const found: SyncedProxies = { cluster: "east", running, connected };
        return cause(proxiesSynced.judge([found], twoClusters));
    };
    const proxy = (name: string, ...unconfirmed: string[]): ProxySync => ({ proxy: name, unconfirmed });

    it("needs every running proxy to be connected and up to date", () => {
        expect(judge(["a.shop"], [proxy("a.shop")])).to.equal(undefined);
        expect(judge(["a.shop", "b.shop"], [proxy("a.shop")])).to.contain("connected to no istiod there, so they");
        expect(judge(["a.shop"], [proxy("a.shop", "route")])).to.contain("sent them: a.shop (route)");
    });

    it("does not count a proxy that has ended, or is not ready yet", () => {
        expect(judge([], [proxy("a.shop", "route")])).to.equal(undefined);
    });
});

describe("network-gateways", () => {
    const east: KnownGateway = { network: "east-network", address: "10.1.0.50", port: 15443 };
    const west: KnownGateway = { network: "west-network", address: "10.1.0.40", port: 15443 };
    const judge = (
        ofWest: KnownGateway[],
        addresses = ["10.1.0.50"],
        replicas: KnownGateway[][] = [],
        port = 15443,
        selectors: Selector[] = [],
    ) =>
        conclude(
            networkGateways.judge(
                [
                    {
                        cluster: "west",
                        istiods: [ofWest, ...replicas].map((gateways, index) => ({ pod: `istiod-${index}`, gateways })),
                        gateways: [{ address: "10.1.0.40", port: 15443 }],
                        selectors,
                        labels: {},
                    },
                    {
                        cluster: "east",
                        istiods: [{ pod: "istiod-0", gateways: [east, west] }],
                        gateways: addresses.map((address) => ({ address, port })),
                        selectors: [],
                        labels: { team: "mesh" },
                    },
                ],
                twoClusters,
            ),
        );

    it("passes when each istiod has the peer's gateway, whatever it has of its own", () => {
        expect(judge([east])).to.deep.include({
            result: "pass",
            seen: [
                "west: istiod-0 reaches east-network by 10.1.0.50:15443",
                "east: istiod-0 reaches west-network by 10.1.0.40:15443",
            ],
        });
    });

    it("fails when one replica knows none", () => {
        expect(judge([east], ["10.1.0.50"], [[west]]).cause).to.contain(
            "istiod of west knows no gateway of east-network",
        );
    });

    it("fails for an address that the peer's gateways do not have, unless theirs is a host name", () => {
        const stale = [east, { ...east, address: "10.1.0.51" }];
        expect(judge(stale).cause).to.contain("istiod of west uses 10.1.0.51:15443 as a gateway of east-network");
        expect(judge(stale, ["gateway.example.org"]).result).to.equal("pass");
        expect(judge([east], []).cause).to.contain("those into it are at no address");
    });

    it("compares ports as well, which may be others than 15443", () => {
        expect(judge([{ ...east, port: 443 }], ["10.1.0.50"], [], 443).result).to.equal("pass");
        expect(judge([east], ["10.1.0.50"], [], 443).cause).to.contain("those into it are at 10.1.0.50:443");
    });

    it("says when discoverySelectors leave the gateway's namespace out", () => {
        const selector = (team: string): Selector => ({ matchLabels: { team }, matchExpressions: [] });
        expect(judge([], ["10.1.0.50"], [], 15443, [selector("shop")]).cause).to.contain(
            "discoverySelectors of west leave out the namespace",
        );
        expect(judge([], ["10.1.0.50"], [], 15443, [selector("mesh")]).cause).to.contain("knows no gateway of");
    });
});

describe("peer-endpoints", () => {
    const catalog = (...addresses: string[]) => ({ "east-cluster": { "catalog.shop": addresses } });
    const judge = (ofWest: object, ofEast: object, services = ["catalog.shop"]) => {
        const found = (cluster: string, endpoints: object): PeerEndpoints => ({
            cluster,
            istiods: [{ pod: "istiod-0", endpoints: endpoints as PeerEndpoints["istiods"][number]["endpoints"] }],
            services,
        });
        return conclude(peerEndpoints.judge([found("west", ofWest), found("east", ofEast)], twoClusters));
    };

    it("passes when each istiod knows what the peer's own knows", () => {
        expect(judge(catalog("10.2.0.1", "10.2.0.2"), catalog("10.2.0.1", "10.2.0.2"))).to.deep.include({
            result: "pass",
            seen: [
                "west: istiod-0 knows 2 endpoints in 1 Services of east",
                "east: istiod-0 knows 0 endpoints in 0 Services of west",
            ],
        });
    });

    it("fails for an endpoint that is missing, and for one that is gone", () => {
        const missing = judge(catalog("10.2.0.1"), catalog("10.2.0.1", "10.2.0.2"));
        expect(missing.cause).to.contain("istiod of west lacks endpoints that east has");
        expect(missing.seen[0]).to.contain("but not catalog.shop at 10.2.0.2 of east");
        const stale = judge(catalog("10.2.0.1", "10.2.0.2"), catalog("10.2.0.1"));
        expect(stale.cause).to.contain("istiod of west sends requests to endpoints that east no longer has");
        expect(judge({}, catalog("10.2.0.1")).result).to.equal("fail");
    });

    it("compares with nothing where the peer has no istiod", () => {
        const west = { cluster: "west", istiods: [{ pod: "istiod-0", endpoints: catalog("10.2.0.1") }] };
        const services = ["catalog.shop"];
        const all = [
            { ...west, services },
            { cluster: "east", istiods: [], services },
        ];
        expect(conclude(peerEndpoints.judge(all, twoClusters))).to.deep.include({
            result: "pass",
            seen: ["west: istiod-0 knows no peer"],
        });
    });

    it("compares only Services that both clusters have", () => {
        expect(judge({}, catalog("10.2.0.1"), ["other.shop"]).result).to.equal("pass");
    });
});

describe("remote-credentials", () => {
    const trial: Trial = { cluster: "west", peer: "east-cluster", server: "https://10.1.0.3:6443", reads: true };
    const judge = (changes: Partial<Trial>) =>
        conclude(remoteCredentials.judge([{ ...trial, ...changes }], twoClusters));

    it("passes, and says when it took another way", () => {
        expect(judge({}).seen).to.deep.equal(["west: east-cluster at https://10.1.0.3:6443 lets it read endpoints"]);
        expect(judge({ detour: "no answer within 5 s" }).seen[0]).to.contain(
            "(its Secret's server does not answer this machine: no answer within 5 s)",
        );
    });

    it("fails for a CA or a token that is refused, and for an account that may not read", () => {
        const refused = (what: "CA" | "token") => judge({ refused: { what, reason: "no" } }).cause;
        expect(refused("CA")).to.contain("The CA in Secret istio-remote-secret-east-cluster of west");
        expect(refused("token")).to.contain("The token in Secret istio-remote-secret-east-cluster of west");
        expect(judge({ reads: false }).cause).to.contain("may not list endpointslices in east-cluster");
    });
});

describe("no-raw-endpoints", () => {
    const judge = (addresses: string[] | undefined, own = ["10.2.0.1"]) =>
        conclude(
            noRawEndpoints.judge(
                [
                    {
                        cluster: "west",
                        pods: own,
                        ...(addresses === undefined ? {} : { proxy: { pod: "shop/a", addresses } }),
                    },
                    { cluster: "east", pods: ["10.3.0.1"] },
                ],
                twoClusters,
            ),
        );

    it("passes for gateways, own pods, and addresses that both networks use", () => {
        expect(judge(["10.1.0.50", "10.2.0.1"]).result).to.equal("pass");
        expect(judge(["10.3.0.1"], ["10.3.0.1"]).result).to.equal("pass");
        expect(judge(undefined).result).to.equal("pass");
    });

    it("fails for a pod that only another cluster has", () => {
        const { cause: found, seen } = judge(["10.1.0.50", "10.3.0.1"]);
        expect(found).to.contain("shop/a in west dials pods of east by their own addresses");
        expect(seen[0]).to.contain("10.3.0.1 of east");
    });
});

describe("a server of a Gateway", () => {
    const passes = (hosts: string[], mode = "AUTO_PASSTHROUGH", number = 15443) =>
        passesOn({ port: { number }, hosts, tls: { mode } });

    it("passes on for all Services or for those of some namespaces, by TLS that it does not end", () => {
        for (const host of ["*.local", "*", "shop/*.local", "*.shop.svc.cluster.local", "a.shop.svc.cluster.local"]) {
            expect(passes([host]), host).to.equal(true);
        }
        expect(passes(["webapp.example.org"])).to.equal(false);
        expect(passes(["*.local"], "SIMPLE")).to.equal(false);
        expect(passes(["*.local"], "AUTO_PASSTHROUGH", 443)).to.equal(false);
        expect(passesOn({ port: { number: 15443 }, hosts: ["*.local"] })).to.equal(false);
        const other = { port: { number: 443 }, hosts: ["*.local"], tls: { mode: "AUTO_PASSTHROUGH" } };
        expect(passesOn(other, [443, 15443])).to.equal(true);
    });
});

describe("what Gateways open together", () => {
    const gateway = (
        hosts: string[],
        selector: Record<string, string> = { istio: "eastwestgateway" },
        port = 15443,
    ) => ({
        metadata: { name: "cross-network", namespace: "istio-system", labels: {} },
        spec: { selector, servers: [{ port: { number: port }, hosts, tls: { mode: "AUTO_PASSTHROUGH" } }] },
    });

    it("is a port of the gateways that they select, with all hosts", () => {
        const [a, b] = [gateway(["a.shop.svc.cluster.local"]), gateway(["shop/b.shop.svc.cluster.local"])];
        const other = gateway(["*.local"], { istio: "other" });
        const ingress = gateway(["webapp.example.org"], { istio: "ingressgateway" }, 443);
        expect(openingsOf([a, b, other, ingress])).to.deep.equal([
            {
                selector: { istio: "eastwestgateway" },
                port: 15443,
                hosts: ["a.shop.svc.cluster.local", "shop/b.shop.svc.cluster.local"],
            },
            { selector: { istio: "other" }, port: 15443, hosts: ["*.local"] },
        ]);
    });

    it("leads to the Services that a host names, in full or by its end", () => {
        const leads = (host: string, service: string, domain = "cluster.local") => {
            const [opening] = openingsOf([gateway([host])]);
            return opening && leadsTo(opening, service, domain);
        };
        expect(leads("*.local", "a.shop")).to.equal(true);
        expect(leads("*", "a.shop")).to.equal(true);
        expect(leads("shop/*.shop.svc.cluster.local", "a.shop")).to.equal(true);
        expect(leads("*.shop.svc.cluster.local", "a.office")).to.equal(false);
        expect(leads("a.shop.svc.cluster.local", "a.shop")).to.equal(true);
        expect(leads("a.shop.svc.cluster.local", "b.shop")).to.equal(false);
        expect(leads("*.shop.svc.k8s.example", "a.shop", "k8s.example")).to.equal(true);
        expect(leads("*.local", "a.shop", "k8s.example")).to.equal(false);
    });
});

describe("a Gateway of Kubernetes' Gateway API", () => {
    const network = { "topology.istio.io/network": "east-network" };
    const opens = (
        listener: { port?: number; protocol?: string; mode?: string; options?: Record<string, string> },
        labels: Record<string, string> = network,
    ) => {
        const { port = 15443, protocol = "TLS", mode = "Passthrough", options = {} } = listener;
        const metadata = { name: "cross-network", namespace: "istio-system", labels };
        return listensFor({ metadata, spec: { listeners: [{ port, protocol, tls: { mode, options } }] } }, [port]);
    };

    it("passes on what istiod takes for AUTO_PASSTHROUGH", () => {
        expect(opens({})).to.equal(true);
        expect(opens({ port: 443 }, { ...network, "networking.istio.io/gatewayPort": "443" })).to.equal(true);
        const options = { "gateway.istio.io/listener-protocol": "auto-passthrough" };
        expect(opens({ port: 443, options }, {})).to.equal(true);
    });

    it("passes nothing on that ends TLS, is of no network, or is on another port", () => {
        expect(opens({ protocol: "HTTPS", mode: "Terminate" })).to.equal(false);
        expect(opens({ mode: "Terminate" })).to.equal(false);
        expect(opens({}, {})).to.equal(false);
        expect(opens({ port: 443 })).to.equal(false);
    });
});

describe("gateway-routes", () => {
    const names = ["outbound_.80_._.a.shop.svc.cluster.local"];
    const proxy = { pod: "gw-0", port: 15443, names, isClosed: false, addresses: ["10.2.0.1"] };
    const judge = (proxies: GatewayRoutes["proxies"]) =>
        cause(
            gatewayRoutes.judge(
                [
                    { cluster: "west", proxies, pods: ["10.2.0.1", "10.1.0.40"] },
                    { cluster: "east", proxies: [{ ...proxy, pod: "gw-1", addresses: [] }], pods: ["10.1.0.50"] },
                ],
                twoClusters,
            ),
        );

    it("needs a listener with Services, and endpoints of its own network", () => {
        expect(judge([proxy])).to.equal(undefined);
        expect(judge([])).to.contain("No east-west gateway of west is ready");
        expect(judge([{ ...proxy, names: undefined }])).to.contain("gw-0 of west listens on no port 15443");
        expect(judge([{ ...proxy, names: [] }])).to.contain("gw-0 of west knows no Service");
        expect(judge([{ ...proxy, names: undefined, isClosed: true }])).to.equal(undefined);
        expect(judge([{ ...proxy, addresses: ["10.1.0.50"] }])).to.contain("forwards connections to other networks");
    });
});

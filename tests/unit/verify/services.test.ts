/** The proof of a mesh that lists its services: west and east run catalog, north may call it, south may not. */
import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import type { ListedService } from "../../../shared/topology";
import { conclude, GROUPS } from "../../../verify/check";
import { CHECKS, checksOf, SERVICE_CHECKS } from "../../../verify/checks";
import { localities } from "../../../verify/checks/discovery/localities";
import { type FoundServices, sharedServices } from "../../../verify/checks/discovery/sharedServices";
import type { Mesh } from "../../../verify/mesh";
import {
    answerOf,
    type Call,
    callCellOf,
    listsCallers,
    serviceCallers,
} from "../../../verify/probe/checks/serviceCallers";
import { callsTable } from "../../../verify/report/matrix";

const CATALOG: ListedService = {
    name: "catalog",
    namespace: "shop",
    ports: [{ name: "http", port: 80 }],
    clusters: ["west", "east"],
    exports: ["north"],
    callers: [{ namespace: "shop", account: "web" }],
};
const NAMES = ["west", "east", "north", "south"];
const mesh = (service: ListedService = CATALOG): Mesh => ({
    clusters: NAMES.map((name) => ({
        ...{ name, clusterName: `${name}-cluster`, network: `${name}-network`, kubeconfig: "" },
    })),
    services: [service],
});
/** What is right, per cluster; gateways are called by their clusters. */
const found = (name: string, changes: Partial<FoundServices> = {}): FoundServices => {
    const isRun = name === "west" || name === "east";
    const others = NAMES.filter((other) => other !== name);
    const pods = isRun ? [`10.0.0.${NAMES.indexOf(name)}`] : [];
    const known = name === "south" ? [] : ["west:15443", "east:15443"].filter((way) => !way.startsWith(name));
    return {
        cluster: name,
        existing: name === "south" ? [] : ["catalog.shop"],
        pods: new Map([["catalog.shop", pods]]),
        known: new Map([["catalog.shop", [...known, ...pods.map((address) => `${address}:8080`)]]]),
        ways: new Map(others.map((other) => [other, [`${other}:15443`]])),
        hasDnsProxy: false,
        opened: isRun ? ["catalog.shop"] : undefined,
        ...changes,
    };
};
const judge = (name?: string, changes?: Partial<FoundServices>) =>
    conclude(
        sharedServices.judge(
            NAMES.map((each) => found(each, each === name ? changes : {})),
            mesh(),
        ),
    );

describe("the checks of a mesh that lists its services", () => {
    it("are more than those of any mesh, in the order of the groups, each with a page and a line in the index", () => {
        expect(checksOf({})).to.equal(CHECKS);
        const all = checksOf(mesh());
        expect(all).to.have.length(CHECKS.length + SERVICE_CHECKS.length);
        const order = all.map(({ group }) => GROUPS.indexOf(group));
        expect(order).to.deep.equal([...order].sort((a, b) => a - b));
        const index = readFileSync("docs/checks/README.md", "utf8");
        for (const { id } of [...SERVICE_CHECKS, serviceCallers]) {
            expect(existsSync(`docs/checks/${id}.md`)).to.equal(true);
            expect(index).to.contain(`[${id}](${id}.md)`);
        }
    });
});

describe("shared-services", () => {
    it("passes where each cluster finds what is listed for it, and gateways lead to that", () => {
        expect(judge()).to.deep.include({
            result: "pass",
            seen: [
                "west: knows catalog.shop as listed; its gateways lead to catalog.shop",
                "east: knows catalog.shop as listed; its gateways lead to catalog.shop",
                "north: knows catalog.shop as listed; its gateways lead to none",
                "south: knows no service as listed; its gateways lead to none",
            ],
        });
        expect(judge("north", { known: undefined }).seen[2]).to.contain("no proxy to ask");
    });

    it("leaves a probe of somebody else alone", () => {
        const known = new Map([
            ["server-1.0badcafe-mesh-probe", ["east:15443"]],
            ["catalog.shop", ["east:15443"]],
        ]);
        expect(judge("west", { known, opened: ["catalog.shop", "server-1.0badcafe-mesh-probe"] }).result).to.equal(
            "pass",
        );
    });

    const faults: [string, string, Partial<FoundServices>, RegExp][] = [
        ["an app is missing", "west", { existing: [] }, /west is to run catalog.shop, and has no such Service/],
        ["a name is missing", "north", { existing: [] }, /north may call catalog.shop, but DNS of a cluster/],
        [
            "an app runs where it is not listed",
            "north",
            { pods: new Map([["catalog.shop", ["10.0.0.9"]]]) },
            /north runs catalog.shop, and is not among/,
        ],
        [
            "a proxy lacks another cluster's endpoints",
            "north",
            { known: new Map([["catalog.shop", ["west:15443"]]]) },
            /Clients in north do not find catalog.shop of east/,
        ],
        [
            "a proxy finds what is not exported to it",
            "south",
            { known: new Map([["catalog.shop", ["west:15443"]]]) },
            /Clients in south find catalog.shop elsewhere, which is not exported to it/,
        ],
        [
            "a proxy finds what is not listed",
            "north",
            {
                known: new Map([
                    ["catalog.shop", ["west:15443", "east:15443"]],
                    ["orders.shop", ["east:15443"]],
                ]),
            },
            /find orders.shop elsewhere, which is no service that the mesh lists/,
        ],
        [
            "a gateway is closed",
            "west",
            { opened: [] },
            /Other networks may call catalog.shop in west, and its gateways/,
        ],
        [
            "a gateway is too open",
            "east",
            { opened: ["catalog.shop", "orders.shop"] },
            /Other networks reach orders.shop in east, which is not exported/,
        ],
    ];
    for (const [what, cluster, changes, cause] of faults) {
        it(`fails when ${what}`, () => {
            expect(judge(cluster, changes)).to.have.property("cause").that.matches(cause).and.not.contain("\n");
        });
    }
});

describe("localities", () => {
    const places = (regions: Record<string, string | undefined>) =>
        Object.entries(regions).map(([cluster, region]) => ({
            cluster,
            places: [
                { name: "node a", locality: region === undefined ? [] : region.split("/") },
                { name: "node b", locality: region === undefined ? [] : region.split("/") },
            ],
        }));
    const preferring = (locality: ListedService["locality"]) => mesh({ ...CATALOG, ...(locality && { locality }) });
    const byFailover = preferring({ failover: [{ from: "us-west", to: "us-east" }] });
    const labelled = { west: "us-west/a", east: "us-east/a", north: "us-west/b" };

    it("are no matter where no service goes by them", () => {
        for (const locality of [undefined, { enabled: false }, { failoverPriority: ["topology.istio.io/network"] }]) {
            expect(localities.judge(places({}), preferring(locality))).to.deep.equal([]);
        }
    });

    it("pass where all nodes have what is needed, and the places are those of somebody", () => {
        const shares = preferring({ distribute: [{ from: "us-west/*", to: { "us-west/*": 80, "us-east/a": 20 } }] });
        const order = preferring({ failoverPriority: ["topology.istio.io/cluster", "topology.kubernetes.io/zone"] });
        for (const each of [byFailover, shares, order]) {
            expect(conclude(localities.judge(places(labelled), each)).result).to.equal("pass");
        }
        expect(conclude(localities.judge(places(labelled), byFailover)).seen).to.deep.equal([
            "catalog.shop: west in us-west, east in us-east, north in us-west",
        ]);
    });

    it("fail where a node of a cluster that has to do with the service has no label", () => {
        const finding = conclude(
            localities.judge(places({ ...labelled, north: undefined, south: undefined }), byFailover),
        );
        expect(finding.seen).to.deep.equal(["north: node a, like 1 more, has no label topology.kubernetes.io/region"]);
        const zone = preferring({ failoverPriority: ["topology.istio.io/cluster", "topology.kubernetes.io/zone"] });
        expect(conclude(localities.judge(places({ west: "us-west" }), zone)).cause).to.equal(
            "Pods in west are in no known zone, by which clients of catalog.shop are to choose.",
        );
    });

    it("fail where nobody is in a place that is named", () => {
        const all = places({ west: "us-west", east: "us-west", north: "us-west" });
        expect(conclude(localities.judge(all, byFailover)).seen).to.deep.equal([
            "catalog.shop: no pods are in us-east",
        ]);
        const shares = preferring({ distribute: [{ from: "eu", to: { "us-west": 50, "us-west/c": 50 } }] });
        expect(conclude(localities.judge(places(labelled), shares)).seen).to.deep.equal([
            "catalog.shop: no clients are in eu",
            "catalog.shop: no pods are in us-west/c",
        ]);
    });
});

describe("service-callers", () => {
    const dialled = (received: string) => ({ verified: true, received, ended: "closed" });
    const LET_IN = dialled("HTTP/1.1 405 Method Not Allowed\r\n\r\n");
    const REFUSED = dialled("HTTP/1.1 403 Forbidden\r\n\r\nRBAC: access denied");
    const call = (account: string, mayCall: boolean, outcome: Call["outcome"]): Call => ({
        ...{ account, from: "west", service: "catalog.shop", to: "east", mayCall, outcome },
    });

    it("are asked where services say who may call them by HTTP", () => {
        expect(listsCallers(mesh())).to.equal(true);
        expect(listsCallers({})).to.equal(false);
        expect(listsCallers(mesh({ ...CATALOG, ports: [{ name: "tcp", port: 9000 }] }))).to.equal(false);
        expect(listsCallers(mesh({ ...CATALOG, ports: [{ name: "rpc", port: 9, appProtocol: "grpc" }] }))).to.equal(
            true,
        );
    });

    it("tell a policy's refusal from an app's, and from no answer at all", () => {
        const answers = [
            LET_IN,
            REFUSED,
            dialled("HTTP/1.1 403 Forbidden\r\n\r\nno"),
            dialled(""),
            { failure: "ETIMEDOUT" },
        ];
        expect(answers.map((outcome) => answerOf({ outcome }))).to.deep.equal([
            "let in",
            "refused",
            "let in",
            "no answer",
            "no answer",
        ]);
        expect(answerOf({ outcome: { ...LET_IN, verified: false } })).to.equal("no answer");
    });

    it("pass when each is answered as listed", () => {
        const right = [call("shop/web", true, LET_IN), call("x-mesh-probe/client", false, REFUSED)];
        expect(conclude(serviceCallers.judge(right))).to.deep.include({
            result: "pass",
            seen: ["catalog.shop: lets in shop/web; refuses x-mesh-probe/client"],
        });
    });

    it("fail when one is not", () => {
        const judged = (...calls: Call[]) => conclude(serviceCallers.judge(calls)).cause;
        expect(judged(call("shop/web", true, REFUSED))).to.equal(
            "east refuses shop/web, which the list of catalog.shop lets in.",
        );
        expect(judged(call("shop/batch", false, LET_IN))).to.equal(
            "east lets shop/batch in, which the list of catalog.shop does not name.",
        );
        expect(judged(call("shop/web", true, { failure: "ECONNREFUSED" }))).to.contain("did not reach a sidecar");
    });

    it("are a table of accounts and services", () => {
        const cells = [call("shop/web", true, LET_IN), call("shop/batch", false, LET_IN)].map(callCellOf);
        const rows = callsTable(cells)
            .join("\n")
            .split("\n")
            .filter((line) => line.startsWith("│"))
            .map((line) => line.split("│").map((cell) => cell.trim()));
        expect(rows.slice(1)).to.deep.equal([
            ["", "shop/web of west", "✔ let in", ""],
            ["", "shop/batch of west", "✖ let in", ""],
        ]);
        expect(callsTable([])).to.deep.equal([]);
    });
});

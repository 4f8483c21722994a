/** The setting mesh.services, together with the rest of a stack's configuration. */
import { expect } from "chai";
import { parseConfig } from "../../../../program/config";
import { problemsOf, settings, type Settings, SURROUNDINGS } from "./support";

const CLUSTERS = ["west", "east", "north"];
const CATALOG = {
    name: "catalog",
    namespace: "istioinaction",
    ports: [{ name: "http", port: 80 }],
    clusters: ["east"],
    exports: ["west"],
};
const ORDERS = { ...CATALOG, name: "orders", namespace: "shop", createNamespace: ["west"] };

function listing(services: object[], changes: Settings = {}): Settings {
    const mesh = { id: "usmesh", rootStack: "mesh", clusters: CLUSTERS.map((name) => ({ name })), services };
    const clusters = Object.fromEntries(CLUSTERS.map((name) => [name, { source: "kind" }]));
    return settings({ mesh, clusters, ...changes });
}

describe("the services that a mesh lists", () => {
    it("are nothing to a mesh without a list", () => {
        for (const { shared } of parseConfig(settings(), SURROUNDINGS).clusters) expect(shared).to.equal(undefined);
    });

    it("are told to each cluster; the sample apps bring catalog's own Service", () => {
        const { clusters } = parseConfig(listing([CATALOG, ORDERS]), SURROUNDINGS);
        const [catalog, orders] = ["catalog.istioinaction", "orders.shop"].map((name) => `${name}.svc.cluster.local`);
        expect(clusters.map(({ shared }) => shared?.sharing)).to.deep.equal([
            { known: [catalog, orders], exported: [] },
            { known: [catalog, orders], exported: [catalog, orders] },
            { known: [], exported: [] },
        ]);
        const { ports } = CATALOG;
        const catalogPart = { service: "catalog", namespace: "istioinaction", ports, client: {} };
        const ordersPart = { service: "orders", namespace: "shop", ports, client: {} };
        expect(clusters.map(({ shared }) => shared?.parts)).to.deep.equal([
            [catalogPart, { ...ordersPart, twin: true }],
            [catalogPart, ordersPart],
            [],
        ]);
        expect(clusters.map(({ shared }) => shared?.namespaces)).to.deep.equal([["shop"], [], []]);
    });

    const mistakes: [string, Settings, string, string][] = [
        ["the sample apps' catalog is missing", listing([ORDERS]), "mesh.services", "webapp calls catalog"],
        [
            "it runs elsewhere than the sample app",
            listing([{ ...CATALOG, clusters: ["north"] }]),
            "mesh.services[0].clusters",
            "the sample app runs in east",
        ],
        [
            "webapp's cluster does not get it",
            listing([{ ...CATALOG, exports: ["north"] }]),
            "mesh.services[0].exports",
            "webapp of west calls catalog, which is not exported to it",
        ],
        [
            "a namespace is to be made where nobody needs it",
            listing([CATALOG, { ...ORDERS, createNamespace: ["north"] }]),
            "mesh.services[1].createNamespace",
            "is no cluster that runs or knows the service",
        ],
        [
            "a namespace is there with the sample apps",
            listing([{ ...CATALOG, createNamespace: ["east"] }]),
            "mesh.services[0].createNamespace",
            "has the namespace with the sample apps",
        ],
        [
            "a gateway opens to all",
            listing([CATALOG], { istio: { eastWestGateway: { deployedBy: "gatewayApi" } } }),
            "istio.eastWestGateway.deployedBy",
            "opens a network to all services",
        ],
        [
            "nobody may call webapp",
            settings({ mesh: { id: "usmesh", denyByDefault: true, clusters: [{ name: "west" }, { name: "east" }] } }),
            "mesh.denyByDefault",
            "nobody is let in to webapp",
        ],
        [
            "a word is none",
            listing([{ ...CATALOG, export: [] }]),
            "mesh.services[0].export",
            "there is no such setting",
        ],
    ];
    for (const [what, raw, subject, rule] of mistakes) {
        it(`are refused where ${what}`, () => {
            const problems = problemsOf(raw);
            expect(problems.map((problem) => problem.subject)).to.deep.equal([subject]);
            expect(problems[0]?.rule).to.contain(rule);
        });
    }

    it("are found by Istio's DNS proxy where a cluster has it, its own setting over the mesh's", () => {
        const clusters = {
            west: { source: "kind", istio: { dnsProxy: true } },
            east: { source: "kind" },
            north: { source: "kind", istio: { dnsProxy: false } },
        };
        const services = [CATALOG, { ...ORDERS, exports: ["west", "north"], createNamespace: [] }];
        const parsed = parseConfig(listing(services, { clusters, istio: { dnsProxy: true } }), SURROUNDINGS);
        const twins = parsed.clusters.map(({ name, shared }) => [
            name,
            shared?.parts.filter(({ twin }) => twin).map(({ service }) => service),
        ]);
        expect(Object.fromEntries(twins)).to.deep.equal({ west: [], east: [], north: ["orders"] });
    });

    it("may be headless for a cluster of another stack, whose DNS that stack knows", () => {
        const coast = CLUSTERS.map((name) => ({ name, network: "coast" }));
        const database = { ...ORDERS, name: "database", headless: true, createNamespace: [] };
        const headless = (...exports: string[]) => {
            const mesh = { id: "usmesh", clusters: coast, services: [CATALOG, { ...database, exports }] };
            const clusters = Object.fromEntries(
                ["west", "east"].map((name, index) => [name, { source: "kind", podSubnet: `10.1${index}0.0.0/16` }]),
            );
            return settings({ mesh, clusters, ownsRoot: undefined });
        };
        expect(problemsOf(headless("west")).map(({ subject, value }) => [subject, value])).to.deep.equal([
            ["mesh.services[1].exports", '"west"'],
        ]);
        expect(parseConfig(headless("north"), SURROUNDINGS).clusters).to.have.length(2);
    });
});

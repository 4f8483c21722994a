import { expect } from "chai";
import { parseConfig } from "../../../../program/config";
import { KIND_NODE_IMAGE } from "../../../../shared/versions";
import { settings, SURROUNDINGS } from "./support";

describe("configuration", () => {
    it("describes the stack's own clusters, in the order of the topology", () => {
        const { clusters, mesh } = parseConfig(settings(), SURROUNDINGS);
        expect(mesh).to.deep.include({ id: "usmesh", trustDomain: "cluster.local" });
        expect(clusters).to.deep.equal([
            {
                name: "west",
                clusterName: "west-cluster",
                network: "west-network",
                position: 0,
                peers: ["east"],
                stack: "mesh",
                source: { source: "kind", nodeImage: KIND_NODE_IMAGE, istio: {} },
                istio: {},
                ingress: true,
                sampleApps: {
                    cluster: "west",
                    host: "webapp.istioinaction.io",
                    webapp: true,
                    catalog: false,
                    webappImage: "localhost/istio-multicluster/webapp:0.1.0",
                    catalogImage: "localhost/istio-multicluster/catalog:0.1.0",
                },
            },
            {
                name: "east",
                clusterName: "east-cluster",
                network: "east-network",
                position: 1,
                peers: ["west"],
                stack: "mesh",
                source: { source: "kind", nodeImage: KIND_NODE_IMAGE, istio: {} },
                istio: {},
                ingress: false,
                sampleApps: {
                    cluster: "east",
                    host: "webapp.istioinaction.io",
                    webapp: false,
                    catalog: true,
                    webappImage: "localhost/istio-multicluster/webapp:0.1.0",
                    catalogImage: "localhost/istio-multicluster/catalog:0.1.0",
                },
            },
        ]);
    });

    it("fills in what is not written", () => {
        const { ca, clusters, reference } = parseConfig(settings(), SURROUNDINGS);
        expect(ca).to.deep.equal({
            keyAlgorithm: "ECDSA",
            root: { days: 3650, renewBeforeDays: 365 },
            intermediate: { days: 730, renewBeforeDays: 90 },
            protectRoot: false,
        });
        expect(clusters.map(({ istio }) => istio)).to.deep.equal([{}, {}]);
        expect(reference).to.deep.equal({ host: "webapp.istioinaction.io", through: "west", answeredBy: ["east"] });
    });

    it("protects the root of a stack that says it is for production, unless told otherwise", () => {
        const protects = (changes: Record<string, unknown>): boolean =>
            parseConfig(settings(changes), SURROUNDINGS).ca.protectRoot;
        expect(protects({ production: true })).to.equal(true);
        expect(protects({ production: true, ca: { protectRoot: false } })).to.equal(false);
        expect(protects({ ca: { protectRoot: true } })).to.equal(true);
    });

    it("takes a stack that owns one of the clusters only", () => {
        const { clusters, reference } = parseConfig(settings({ clusters: { east: { source: "kind" } } }), SURROUNDINGS);
        expect(clusters.map(({ name, peers }) => [name, peers])).to.deep.equal([["east", ["west"]]]);
        expect(reference).to.equal(undefined);
    });

    it("takes any number of clusters, and the peers that are chosen", () => {
        const names = ["north", "south", "middle"];
        const { clusters } = parseConfig(
            settings({
                mesh: {
                    id: "m",
                    clusters: [{ name: "north", peers: ["middle"] }, { name: "south" }, { name: "middle", peers: [] }],
                },
                clusters: Object.fromEntries(names.map((name) => [name, { source: "kind" }])),
                sampleApps: undefined,
            }),
            SURROUNDINGS,
        );
        expect(
            clusters.map(({ name, clusterName, network, peers, sampleApps }) => [
                name,
                clusterName,
                network,
                peers,
                sampleApps,
            ]),
        ).to.deep.equal([
            ["north", "north-cluster", "north-network", ["middle"], undefined],
            ["south", "south-cluster", "south-network", ["north", "middle"], undefined],
            ["middle", "middle-cluster", "middle-network", [], undefined],
        ]);
    });
});

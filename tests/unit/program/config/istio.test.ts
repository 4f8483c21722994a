/** Settings of Istio in configuration: of the mesh, of a cluster over it, and what is wrong with them. */
import { expect } from "chai";
import { parseConfig } from "../../../../program/config";
import { problemsOf, type Settings, settings, SURROUNDINGS } from "./support";

const kind = (istio: object) => ({ source: "kind", istio });

function lines(raw: Settings): string[] {
    return problemsOf(settings(raw)).map(({ subject, rule }) => `${subject}: ${rule}`);
}

describe("the setting istio", () => {
    it("of a cluster goes over that of the mesh", () => {
        const istio = { hub: "registry.example.org/istio", istiod: { replicas: 2, values: { traceSampling: 1 } } };
        const west = { istiod: { values: { traceSampling: 5 } } };
        const { clusters } = parseConfig(
            settings({ istio, clusters: { west: kind(west), east: kind({}) } }),
            SURROUNDINGS,
        );
        expect(clusters.map((cluster) => cluster.istio.istiod)).to.deep.equal([
            { replicas: 2, values: { traceSampling: 5 } },
            { replicas: 2, values: { traceSampling: 1 } },
        ]);
        expect(clusters.map((cluster) => cluster.istio.hub)).to.deep.equal([istio.hub, istio.hub]);
    });

    const mistakes: [what: string, raw: Settings, says: string[]][] = [
        ["a key that is none", { istio: { versoin: "1.31.1" } }, ["istio.versoin: there is no such setting"]],
        [
            "a key that is none, of a gateway's Service",
            { istio: { eastWestGateway: { service: { anotations: {} } } } },
            ["istio.eastWestGateway.service.anotations: there is no such setting"],
        ],
        [
            "keys that are none, of a cluster",
            { clusters: { west: kind({ istiod: { replica: 2 } }), east: kind({}) } },
            ["clusters.west.istio.istiod.replica: there is no such setting"],
        ],
        ["another type", { istio: { istiod: { replicas: "two" } } }, ["istio.istiod.replicas: expected number"]],
        ["nothing where something has to be", { istio: { hub: null } }, ["istio.hub: expected string"]],
        [
            "a value that the chart does not know, told once",
            { istio: { istiod: { values: { traceSamplin: 5 } } } },
            ["istio.istiod.values.traceSamplin: chart istiod has no such value"],
        ],
        [
            "a value of one cluster that contradicts the mesh",
            { clusters: { west: kind({ istiod: { values: { global: { network: "n" } } } }), east: kind({}) } },
            [
                'clusters.west.istio.istiod.values.global.network: this makes the mesh, and the library sets global.network to "west-network" itself',
            ],
        ],
        [
            "a release that is not supported",
            { istio: { version: "1.24.0" } },
            ["istio.version: this library supports Istio 1.30 to 1.32"],
        ],
        [
            "a hub that is no image reference",
            { istio: { hub: "not a hub" } },
            ["istio.hub: must be a registry with a path, without scheme, tag and digest"],
        ],
        [
            "releases further apart than Istio allows",
            { clusters: { west: kind({ version: "1.30.4" }), east: kind({ version: "1.32.0" }) } },
            [
                "clusters.west.istio.version: control planes of one mesh are at most one minor release apart, and east gets 1.32.0",
            ],
        ],
        ["the former name of charts", { charts: "charts" }, ["charts: this is `istio.charts` now"]],
    ];
    for (const [what, raw, says] of mistakes) {
        it(`is refused for ${what}`, () => {
            expect(lines(raw)).to.deep.equal(says);
        });
    }

    it("takes neighbouring releases", () => {
        const clusters = { west: kind({ version: "1.30.4" }), east: kind({ version: "1.31.1" }) };
        expect(() => parseConfig(settings({ clusters }), SURROUNDINGS)).not.to.throw();
    });
});

describe("the images of the sample apps", () => {
    it("have to be named for clusters that exist already", () => {
        const clusters = { west: { source: "kind" }, east: { source: "existing", kubeconfig: "x" } };
        expect(lines({ clusters })).to.include(
            "sampleApps.images.catalog: cluster east exists already, and can pull no image that only local clusters have",
        );
    });
});

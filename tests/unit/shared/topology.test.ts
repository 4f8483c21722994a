import { expect } from "chai";
import { clustersOf, externalClustersOf, hasEastWestGateway, isShared, sharesNetwork } from "../../../shared/topology";

describe("the clusters of a topology", () => {
    it("are peers of each other, on networks and in stacks of their own", () => {
        expect(clustersOf({ clusters: [{ name: "west" }, { name: "east" }] })).to.deep.equal([
            {
                name: "west",
                clusterName: "west-cluster",
                network: "west-network",
                position: 0,
                peers: ["east"],
                stack: "west",
            },
            {
                name: "east",
                clusterName: "east-cluster",
                network: "east-network",
                position: 1,
                peers: ["west"],
                stack: "east",
            },
        ]);
    });

    it("are no peers of others while they leave, and discover these still", () => {
        const clusters = clustersOf({
            clusters: [{ name: "west" }, { name: "east", leaving: true }, { name: "north", peers: ["east", "west"] }],
        });
        expect(clusters.map(({ peers }) => peers)).to.deep.equal([["north"], ["west", "north"], ["west"]]);
        expect(clusters.map(({ leaving }) => leaving)).to.deep.equal([undefined, true, undefined]);
    });

    it("know what the istiod knows that serves them", () => {
        const [west, east, north] = clustersOf({
            clusters: [
                { name: "west", clusterName: "w", peers: ["east"] },
                { name: "east", controlPlane: "west" },
                { name: "north" },
            ],
        });
        expect(west?.peers).to.deep.equal(["east"]);
        expect(east).to.deep.include({ primary: { name: "west", clusterName: "w" }, peers: ["west"] });
        expect(north?.peers).to.deep.equal(["west", "east"]);
    });

    it("have an istiod outside of the mesh, of which the first is the config cluster, where no cluster has the name", () => {
        const clusters = clustersOf({
            clusters: [
                { name: "north" },
                { name: "west", controlPlane: "hub", peers: ["east"] },
                { name: "east", controlPlane: "hub" },
            ],
        });
        const [, west, east] = clusters;
        expect(west)
            .to.deep.include({ external: "hub", peers: ["east"] })
            .and.not.have.property("primary");
        expect(east).to.deep.include({ primary: { name: "west", clusterName: "west-cluster" }, peers: ["west"] });
        expect(east).not.to.have.property("external");
        expect(externalClustersOf(clusters)).to.deep.equal([{ name: "hub", of: west, position: 100 }]);
        expect(clusters.map((cluster) => isShared(cluster, clusters))).to.deep.equal([false, false, false]);
    });

    it("dial each other's gateways where they are on different networks, or where an istiod serves others", () => {
        const gateways = (clusters: Parameters<typeof clustersOf>[0]["clusters"]): string[] => {
            const all = clustersOf({ clusters });
            return all.filter((cluster) => hasEastWestGateway(cluster, all)).map(({ name }) => name);
        };
        const [west, east] = [
            { name: "west", network: "coast" },
            { name: "east", network: "coast" },
        ];
        expect(gateways([west, east])).to.deep.equal([]);
        expect(gateways([west, { ...east, controlPlane: "west" }])).to.deep.equal(["west"]);
        expect(gateways([west, east, { name: "north" }])).to.deep.equal(["west", "east", "north"]);
    });

    it("share a network by its name, whether or not others are on it now", () => {
        const shared = (clusters: Parameters<typeof clustersOf>[0]["clusters"]): boolean[] => {
            const all = clustersOf({ clusters });
            return all.map((cluster) => sharesNetwork(cluster, all));
        };
        expect(shared([{ name: "west" }, { name: "east", network: "east-network" }])).to.deep.equal([false, false]);
        expect(shared([{ name: "west", network: "coast" }, { name: "east" }])).to.deep.equal([true, false]);
        expect(shared([{ name: "west" }, { name: "east", network: "west-network" }])).to.deep.equal([true, true]);
    });

    it("are what is written, where something is", () => {
        const west = { name: "west", clusterName: "w", network: "n", peers: [], stack: "all" };
        expect(clustersOf({ clusters: [west, { name: "east" }] })[0]).to.deep.equal({ ...west, position: 0 });
    });
});

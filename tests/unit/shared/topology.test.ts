import { expect } from "chai";
import { clustersOf } from "../../../shared/topology";

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

    it("know what the istiod knows that serves them", () => {
        const [west, east, north] = clustersOf({
            clusters: [
                { name: "west", clusterName: "w", peers: ["east"] },
                { name: "east", controlPlane: "west" },
                { name: "north" },
            ],
        });
        expect(west?.peers).to.deep.equal(["east"]);
        expect(east).to.deep.include({ controlPlane: "west", primary: "w", peers: ["west"] });
        expect(north?.peers).to.deep.equal(["west", "east"]);
    });

    it("are what is written, where something is", () => {
        const west = { name: "west", clusterName: "w", network: "n", peers: [], stack: "all" };
        expect(clustersOf({ clusters: [west, { name: "east" }] })[0]).to.deep.equal({ ...west, position: 0 });
    });
});

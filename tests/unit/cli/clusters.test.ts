import { expect } from "chai";
import { deleteClusters, listClusters, startClusters, stopClusters } from "../../../cli/commands/clusters";
import { ProblemsError } from "../../../shared/problems";
import { cluster, FakeClusters } from "./fakeClusters";
import { RecordingTerminal } from "./terminal";

describe("mesh clusters", () => {
    const two = [cluster("east", 3), cluster("west", 2)];
    const networkOf = (name: string): string | undefined => (name === "west" ? "west-network" : undefined);

    it("lists as JSON: paths and addresses, no key material", async () => {
        const terminal = new RecordingTerminal();
        await listClusters(new FakeClusters(two), networkOf, { output: "json" }, terminal);
        expect(JSON.parse(terminal.results)).to.deep.equal({
            clusters: [
                {
                    name: "east",
                    kubeconfig: "/mesh/kubeconfigs/east.yaml",
                    apiServer: "https://10.89.0.3:6443",
                    network: null,
                    health: "ready",
                    version: "v1.34.4",
                    nodeAddress: "10.89.0.3",
                    podSubnet: "10.3.0.0/16",
                    serviceSubnet: "10.93.0.0/16",
                    addressPool: "10.89.0.30/28",
                },
                {
                    name: "west",
                    kubeconfig: "/mesh/kubeconfigs/west.yaml",
                    apiServer: "https://10.89.0.2:6443",
                    network: "west-network",
                    health: "ready",
                    version: "v1.34.4",
                    nodeAddress: "10.89.0.2",
                    podSubnet: "10.2.0.0/16",
                    serviceSubnet: "10.92.0.0/16",
                    addressPool: "10.89.0.20/28",
                },
            ],
        });
        expect(terminal.results).not.to.contain("secret");
    });

    it("lists as a table, and says so when there is none", async () => {
        const terminal = new RecordingTerminal();
        await listClusters(new FakeClusters(two), networkOf, { output: "table" }, terminal);
        expect(terminal.results).to.match(/west +│ ready +│ v1\.34\.4 +│ west-network/);
        const empty = new RecordingTerminal();
        await listClusters(new FakeClusters([]), networkOf, { output: "table" }, empty);
        expect(empty.results).to.equal("No local clusters. `npm start` or `npm run mesh -- up` makes them.\n");
    });

    it("starts, stops and deletes all clusters when none is named", async () => {
        const clusters = new FakeClusters(two);
        const terminal = new RecordingTerminal();
        await startClusters(clusters, [], terminal);
        await stopClusters(clusters, [], terminal);
        await deleteClusters(clusters, [], terminal);
        expect(clusters.calls).to.deep.equal([
            "up east",
            "up west",
            "stop east",
            "stop west",
            "delete east",
            "delete west",
        ]);
        expect(terminal.lines).to.deep.equal(["east is ready", "west is ready"]);
    });

    it("makes a named cluster that is not there", async () => {
        const clusters = new FakeClusters([]);
        await startClusters(clusters, ["north"], new RecordingTerminal());
        expect(clusters.calls).to.deep.equal(["up north"]);
    });

    it("refuses to stop clusters that are not there, all at once, and stops none", async () => {
        const clusters = new FakeClusters(two);
        try {
            await stopClusters(clusters, ["west", "wset", "north"], new RecordingTerminal());
            expect.fail("it stopped something");
        } catch (error) {
            expect(error).to.be.instanceOf(ProblemsError);
            expect((error as ProblemsError).problems.map(({ value }) => value)).to.deep.equal(["wset", "north"]);
        }
        expect(clusters.calls).to.deep.equal([]);
    });
});

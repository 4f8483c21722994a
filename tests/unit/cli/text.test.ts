import { expect } from "chai";
import { furtherText } from "../../../cli/further";
import { meshOfOutputs } from "../../../cli/meshOfStack";
import { summaryText } from "../../../cli/summary";
import type { Summary } from "../../../embedded/host";
import { ProblemsError } from "../../../problems";
import { twoClusters } from "../verify/meshes";
import { cluster } from "./fakeClusters";

describe("summaryText", () => {
    const none = { create: 0, update: 0, replace: 0, delete: 0, read: 0, refresh: 0, same: 0 };
    const summary = (parts: Partial<Summary>): Summary => ({
        command: "up",
        stack: "mesh",
        result: "succeeded",
        counts: none,
        changes: [],
        errors: [],
        outputs: {},
        seconds: 1.24,
        ...parts,
    });

    it("counts what was done, and what would be done in a preview", () => {
        const counts = { ...none, create: 2, update: 1, same: 31 };
        expect(summaryText(summary({ counts }))).to.equal("2 created, 1 updated, 31 unchanged in 1.2 s");
        expect(summaryText(summary({ counts, command: "preview" }))).to.equal(
            "2 to create, 1 to update, 31 unchanged in 1.2 s",
        );
    });

    it("says when there was nothing", () => {
        expect(summaryText(summary({}))).to.equal("nothing to do in 1.2 s");
    });
});

describe("furtherText", () => {
    it("gives lines that can be copied, for the request and for every cluster", () => {
        const text = furtherText(twoClusters, "/cache/kubectl", [cluster("west", 2), cluster("east", 3)]);
        expect(text).to.contain("curl -H 'Host: webapp.istioinaction.io' http://10.1.0.41/api/catalog\n");
        expect(text).to.contain('add "10.1.0.41 webapp.istioinaction.io" to /etc/hosts');
        expect(text).to.contain("  http://webapp.istioinaction.io/\n");
        expect(text).to.contain("/cache/kubectl --kubeconfig /mesh/kubeconfigs/east.yaml get pods -A\n");
        expect(text).to.contain("npm run mesh -- destroy");
    });
});

describe("meshOfOutputs", () => {
    const clusters = Object.fromEntries(twoClusters.clusters.map((item) => [item.name, item]));

    it("takes what a stack exports", () => {
        const outputs = { meshId: "usmesh", clusters, request: twoClusters.request };
        expect(meshOfOutputs("mesh", outputs)).to.deep.equal(twoClusters);
        expect(meshOfOutputs("mesh", { clusters })).to.deep.equal({ clusters: twoClusters.clusters });
    });

    it("refuses outputs of an unfinished run, naming what is missing and never a kubeconfig", () => {
        const unfinished = { name: "west", clusterName: "west-cluster", network: "west-network", kubeconfig: "token" };
        try {
            meshOfOutputs("mesh", { clusters: { west: unfinished } });
            expect.fail("it took them");
        } catch (error) {
            expect(error).to.be.instanceOf(ProblemsError);
            expect(String(error)).to.contain("clusters.west.eastWestGateway").and.not.to.contain("token");
        }
    });
});

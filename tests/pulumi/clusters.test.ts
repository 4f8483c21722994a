/** A stack on Pulumi whose clusters are made by the kind plugin, as `npm start` does it on the embedded host. */
import { expect } from "chai";
import { findProgram } from "../../embedded/toolchain/machine/tools";
import { PulumiCheckout } from "../support/pulumi";

describe("clusters made on Pulumi", function () {
    this.timeout(900_000);

    const project = new PulumiCheckout();

    before(async function () {
        await project.open(this);
    });
    after(() => project.remove());

    it("become a mesh in one `up`, are read by a refresh, and go with `destroy`", async () => {
        // With a Pulumi of one's own, the plugin is the one that needs Docker.
        const source =
            findProgram("pulumi") === undefined ? { source: "kind" } : { source: "kind", loadBalancer: "metallb" };
        project.configure("mesh", { clusters: { west: source, east: source }, ownsRoot: true });
        await project.pulumi("stack", "init", "mesh");
        const said = await project.pulumi("up", "--yes", "--skip-preview");
        expect(said).to.contain("+ 61 created");
        // The Kubernetes plugin calls it a warning, too, that a pod is not ready yet.
        const warnings = said.split("\n").filter((line) => line.includes("warning") && !line.includes("kubernetes:"));
        expect(warnings).to.deep.equal([]);
        expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
        await project.pulumi("refresh", "--yes", "--skip-preview");
        await project.pulumi("preview", "--expect-no-changes");
        expect(await project.pulumi("destroy", "--yes", "--skip-preview")).to.contain("- 61 deleted");
    });
});

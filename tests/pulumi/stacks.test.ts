/** Stacks root, west and east on Pulumi itself. Every test begins with the mesh that they make. */
import { expect } from "chai";
import { z } from "zod";
import { PulumiCheckout } from "../support/pulumi";

const LIMIT = 900_000;

describe("stacks root, west and east on Pulumi", function () {
    this.timeout(LIMIT);

    const project = new PulumiCheckout();
    /** What the first `up` said. */
    let first: string;
    const settings = new Map<string, string>();
    const stacks = ["root", "west", "east"];
    const mesh = (command: string, ...args: string[]): Promise<string> =>
        project.mesh(command, ...stacks, "--host", "pulumi", ...args);

    before(async function () {
        await project.open(this);
        const { west, east } = await project.makeClusters("west", "east");
        project.configure("root", { ownsRoot: true });
        project.configure("west", { clusters: { west } });
        project.configure("east", { clusters: { east } });
        for (const stack of stacks) {
            await project.pulumi("stack", "init", stack);
            settings.set(stack, project.checkout.read(`Pulumi.${stack}.yaml`));
        }
        first = await mesh("up");
    });
    beforeEach(async () => {
        for (const [stack, text] of settings) project.checkout.write(`Pulumi.${stack}.yaml`, text);
        await mesh("up");
    });
    after(() => project.remove());

    it("become a mesh in passes, and then have nothing to change", async () => {
        expect(first).to.contain("Pass 4: west, east").and.not.to.contain("Pass 5");
        for (const stack of stacks) {
            await project.pulumi("preview", "--stack", stack, "--expect-no-changes");
        }
        expect(await mesh("verify")).to.contain("The clusters are one mesh");
    });

    it("tell their status, and what a change means, before it is made", async () => {
        const { stacks: rows } = z
            .object({ stacks: z.array(z.object({ stack: z.string(), missing: z.array(z.unknown()) })) })
            .parse(JSON.parse(await mesh("status", "--output", "json")));
        expect(rows.map(({ stack, missing }) => [stack, missing.length])).to.deep.equal([
            ["root", 0],
            ["west", 0],
            ["east", 0],
        ]);
        project.checkout.edit("Pulumi.west.yaml", (text) =>
            text.replace("webapp.istioinaction.io", "shop.istioinaction.io"),
        );
        const comment = await mesh("preview", "--output", "markdown");
        expect(comment).to.contain("### Stack east\n\nNothing changes.");
        expect(comment).to.contain("| update | VirtualService | west-apps-webapp-route | `spec.hosts[0]`");
        await mesh("up");
        await mesh("refresh");
        await project.pulumi("preview", "--stack", "west", "--expect-no-changes");
    });

    it("keep a cluster's control plane when the root is gone, and go in reverse order", async () => {
        await project.pulumi("destroy", "--stack", "root", "--yes", "--skip-preview");
        const preview = await project.pulumi("preview", "--stack", "west", "--expect-no-changes");
        expect(preview).to.contain("the root no longer gives a certificate for the key of cluster west");
        await mesh("destroy");
    });
});

/**
 * The same program on the Pulumi CLI, and state that moves between both hosts. It needs `pulumi` on PATH, with its
 * Node.js language host and the plugins of kubernetes and tls.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { findProgram } from "../../embedded/toolchain/machine/tools";
import { PulumiCheckout } from "../support/pulumi";
import { aged } from "../support/renewal";

const LIMIT = 900_000;

if (findProgram("pulumi") === undefined) {
    describe("the program on Pulumi", () => {
        it("not run: it needs the Pulumi CLI on PATH");
    });
} else {
    describe("the mesh stack on Pulumi", function () {
        this.timeout(LIMIT);

        const project = new PulumiCheckout();
        const { checkout } = project;
        const run = (...args: string[]): Promise<string> => project.pulumi(...args);

        before(async () => {
            const clusters = await project.makeClusters("west", "east");
            project.configure("mesh", { clusters, ownsRoot: true });
            await run("stack", "init", "mesh");
        });
        after(() => project.remove());

        it("previews without changes what the embedded host made", async () => {
            await project.mesh("up", "mesh");
            // In clear, so that Pulumi encrypts them anew, as under another passphrase.
            await project.mesh("state", "export", "--show-secrets", "--file", "state.json");
            await run("stack", "import", "--file", "state.json");
            await run("preview", "--expect-no-changes");
        });

        it("changes and destroys what the embedded host made", async () => {
            checkout.edit("Pulumi.yaml", (text) => text.replace("webapp.istioinaction.io", "shop.istioinaction.io"));
            await run("up", "--yes", "--skip-preview");
            await run("preview", "--expect-no-changes");
            await run("refresh", "--yes", "--skip-preview");
            await run("preview", "--expect-no-changes");
            await run("destroy", "--yes", "--skip-preview");
        });

        it("makes the mesh by itself, which the embedded host previews without changes", async () => {
            await run("up", "--yes", "--skip-preview");
            await run("preview", "--expect-no-changes");
            const file = path.join(checkout.home, "stacks", "mesh.json");
            await run("stack", "export", "--file", file);
            expect(await project.mesh("preview", "mesh")).to.not.match(/^(\+|~|-)/m);
            expect(await project.mesh("verify", "mesh")).to.contain("The clusters are one mesh");
        });

        it("shows a renewal in a plain preview: a new certificate, and the Secret updated in place", async () => {
            const file = path.join(checkout.folder, "aged.json");
            await run("stack", "export", "--file", file);
            writeFileSync(file, aged(readFileSync(file, "utf8"), "root-ca-west"));
            await run("stack", "import", "--file", file);
            const changes = await planned();
            expect(changes).to.deep.equal({ "root-ca-west": "replace", "west-control-plane-cacerts": "update" });
            await run("up", "--yes", "--skip-preview");
            await run("preview", "--expect-no-changes");
            await run("destroy", "--yes", "--skip-preview");
        });

        /** What a preview would change, by resource; components, which only hold the others, are left out. */
        async function planned(): Promise<Record<string, string>> {
            const preview = z.object({ stacks: z.array(z.object({ runs: z.array(outcome) })) });
            const { stacks } = preview.parse(
                JSON.parse(await project.mesh("preview", "mesh", "--output", "json", "--host", "pulumi")),
            );
            const changes = stacks.flatMap(({ runs }) => runs).flatMap((each) => each.changes);
            return Object.fromEntries(
                changes.filter(({ type }) => !type.startsWith("istio-")).map(({ name, kind }) => [name, kind]),
            );
        }
        const outcome = z.object({
            changes: z.array(z.object({ type: z.string(), name: z.string(), kind: z.string() })),
        });
    });

    describe("stacks root, west and east on Pulumi", function () {
        this.timeout(LIMIT);

        const project = new PulumiCheckout();
        const stacks = ["root", "west", "east"];
        const mesh = (command: string, ...args: string[]): Promise<string> =>
            project.mesh(command, ...stacks, "--host", "pulumi", ...args);

        before(async () => {
            const { west, east } = await project.makeClusters("west", "east");
            project.configure("root", { ownsRoot: true });
            project.configure("west", { clusters: { west } });
            project.configure("east", { clusters: { east } });
        });
        after(() => project.remove());

        it("become a mesh in passes, and then have nothing to change", async () => {
            const progress = await mesh("up");
            expect(progress).to.contain("Pass 4: west, east").and.not.to.contain("Pass 5");
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
            project.checkout.edit("Pulumi.yaml", (text) =>
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
}

/** Root and clusters as stacks of their own, on real clusters: passes, a third cluster that comes and goes, and the end. */
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { z } from "zod";
import { waitFor } from "../../shared/wait";
import { Checkout } from "../support/checkout";

const NORTH = `
        - name: north`;

const SERVED = `
          controlPlane: west`;

const statusSchema = z.object({
    stacks: z.array(
        z.object({
            stack: z.string(),
            root: z.object({ daysLeft: z.number() }).optional(),
            clusters: z.array(
                z.object({
                    cluster: z.string(),
                    state: z.string(),
                    certificate: z.object({ daysLeft: z.number(), renewedFrom: z.string().optional() }).optional(),
                }),
            ),
            missing: z.array(z.object({ message: z.string() })),
        }),
    ),
});

describe("stacks root, west and east on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    const stacks = ["root", "west", "east"];
    const topology = checkout.read("Pulumi.yaml");

    /** Runs a command that has to succeed. */
    const mesh = async (command: string, ...args: string[]) => {
        const ended = await checkout.mesh(command, ...args);
        expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
        return ended;
    };
    const status = async (...names: string[]) =>
        statusSchema.parse(JSON.parse((await mesh("status", ...names, "--output", "json")).stdout)).stacks;

    after(async () => {
        await checkout.mesh("destroy", ...stacks);
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    it("do what they can alone, and say what is missing", async () => {
        const { all } = await mesh("up", "west");
        expect(all).to.contain("the root has not signed the key of cluster west yet, so it gets no control plane");
        expect(await status("west")).to.deep.include.members([
            {
                stack: "west",
                clusters: [{ cluster: "west", state: "waiting" }],
                missing: [
                    {
                        message:
                            "the root has not signed the key of cluster west yet, so it gets no control plane: up root, then up west",
                    },
                    {
                        message:
                            "cluster east has no control plane yet, so its services are not discovered: up east, then up west",
                    },
                ],
            },
        ]);
    });

    it("become a mesh in passes, and then have nothing to change", async () => {
        const { all } = await mesh("up", ...stacks);
        expect(all).to.contain("Pass 2: ").and.not.to.contain("Pass 5");
        expect((await mesh("verify", ...stacks)).all).to.contain("The clusters are one mesh");
        const again = await mesh("up", ...stacks);
        expect(again.all).not.to.contain("Pass 2");
        expect(again.all.match(/│ \d+ unchanged in/g)).to.have.length(3);
        const rows = await status(...stacks);
        expect(
            rows.map(({ stack, clusters, missing }) => [stack, clusters.map(({ state }) => state), missing]),
        ).to.deep.equal([
            ["root", [], []],
            ["west", ["complete"], []],
            ["east", ["complete"], []],
        ]);
        expect(rows[0]?.root?.daysLeft).to.be.within(3648, 3650);
        expect(rows[1]?.clusters[0]?.certificate?.daysLeft).to.be.within(728, 730);
    });

    it("take in a third cluster: one entry of the topology, and one file", async () => {
        checkout.edit("Pulumi.yaml", (text) => text.replace("network: east-network", `network: east-network${NORTH}`));
        const file = path.join(checkout.folder, "Pulumi.north.yaml");
        writeFileSync(file, checkout.read("Pulumi.east.yaml").replace("    east:", "    north:"));
        const comment = (await mesh("preview", "west", "north", "--output", "markdown")).stdout;
        expect(comment).to.contain("### Stack north\n\n- Cluster north is made.");
        await mesh("up", ...stacks, "north");
        expect((await mesh("verify", ...stacks, "north")).all).to.contain("The clusters are one mesh");
        expect(await remoteSecrets("west")).to.deep.equal([
            "istio-remote-secret-east-cluster",
            "istio-remote-secret-north-cluster",
        ]);
    });

    it("let it go again by one command, and are clean of it", async () => {
        const alone = await checkout.mesh("leave", "north", "north");
        expect(alone.exitCode).to.equal(2);
        expect(alone.all)
            .to.contain("other stacks have something of this cluster")
            .and.to.contain("Name west and east and root, too.");
        const { all } = await mesh("leave", "north", ...stacks, "north");
        expect(all).to.contain("no istiod and no proxy of west, east knows it").and.not.to.contain("still discovers");
        expect(all).to.contain("Done: north has left. Commit Pulumi.yaml. Pulumi.north.yaml can be deleted");
        expect(checkout.read("Pulumi.yaml")).to.equal(topology);
        expect(await remoteSecrets("west")).to.deep.equal(["istio-remote-secret-east-cluster"]);
        const again = await mesh("up", ...stacks);
        expect(again.all.match(/│ \d+ unchanged in/g)).to.have.length(3);
    });

    it("say what `leave` takes with it before it begins", async () => {
        const refused = await checkout.mesh("leave", "east", ...stacks);
        expect(refused.exitCode).to.equal(2);
        expect(refused.all).to.contain(
            "Service catalog.istioinaction: only east answers it, and west would be left with nobody who does",
        );
        expect(checkout.read("Pulumi.yaml")).to.equal(topology);
    });

    it("have the istiod of one serve the cluster of the other by one word, and take it back", async () => {
        const proved = () =>
            waitFor("the proof", 120, () => mesh("verify", ...stacks, "--only", "clusters,control plane,discovery"));
        checkout.edit("Pulumi.yaml", (text) => text.replace("network: east-network", `network: east-network${SERVED}`));
        const { all } = await mesh("up", ...stacks);
        expect(all).to.contain("the istiod of cluster east goes first").and.to.contain("Pass 2: ");
        await proved();
        expect(await remoteSecrets("east")).to.deep.equal([]);
        const again = await mesh("up", ...stacks);
        expect(again.all.match(/│ \d+ unchanged in/g)).to.have.length(3);
        checkout.edit("Pulumi.yaml", (text) => text.replace(SERVED, ""));
        await mesh("up", ...stacks);
        await proved();
        expect(await remoteSecrets("east")).to.deep.equal(["istio-remote-secret-west-cluster"]);
    });

    it("keep their control planes when the root is destroyed", async () => {
        await mesh("destroy", "root");
        const preview = await mesh("preview", "west", "east");
        expect(preview.all).to.contain("cluster west, which keeps the one that it has");
        expect(preview.all.match(/│ \d+ unchanged in/g)).to.have.length(2);
    });

    it("refuse what contradicts, with nothing changed", async () => {
        const refused = await checkout.mesh("up", "mesh", "west");
        expect(refused.exitCode).to.equal(2);
        expect(refused.all)
            .to.contain("✖ cluster west: two stacks own this cluster")
            .and.to.contain('(found "mesh, west")');
        const unknown = await checkout.mesh("up", "sout");
        expect(unknown.exitCode).to.equal(2);
        expect(unknown.all).to.contain('✖ stack: this project has no such stack (found "sout")');
    });

    it("leave nothing behind", async () => {
        await mesh("destroy", ...stacks);
        expect(existsSync(checkout.home)).to.equal(false);
    });

    /** Names of the Secrets with which a cluster discovers others. */
    async function remoteSecrets(cluster: string): Promise<string[]> {
        const config = new KubeConfig();
        config.loadFromFile(path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`));
        const core = config.makeApiClient(CoreV1Api);
        const { items } = await core.listNamespacedSecret({
            namespace: "istio-system",
            labelSelector: "istio/multiCluster=true",
        });
        return items.map(({ metadata }) => metadata?.name ?? "").sort();
    }
});

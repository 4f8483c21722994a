/**
 * Stack mesh on Pulumi itself: the one on PATH, or else one that the toolchain builds from Go modules. Every test begins
 * with a mesh that Pulumi made, so that it can run alone.
 */
import { once } from "node:events";
import { expect } from "chai";
import { parseDocument } from "yaml";
import { PulumiCheckout } from "../support/pulumi";
import { difference, shapeOf } from "../support/stateShape";
import { aged } from "../support/renewal";
import { targetOf, underLoad } from "../support/underLoad";

const LIMIT = 900_000;
const UP = ["up", "--yes", "--skip-preview"] as const;

describe("the mesh stack on Pulumi", function () {
    this.timeout(LIMIT);

    const project = new PulumiCheckout();
    let settings: string;
    const FILE = "Pulumi.mesh.yaml";
    const pulumi = (...args: string[]): Promise<string> => project.pulumi(...args);
    const unchanged = (): Promise<string> => pulumi("preview", "--expect-no-changes");
    /** Another host name of the ingress. */
    const rename = (): void => {
        project.checkout.edit(FILE, (text) => text.replace("webapp.istioinaction.io", "shop.istioinaction.io"));
    };

    before(async function () {
        await project.open(this);
        const clusters = await project.makeClusters("west", "east");
        project.configure("mesh", { clusters, ownsRoot: true });
        await pulumi("stack", "init", "mesh");
        settings = project.checkout.read(FILE);
    });
    beforeEach(async () => {
        project.checkout.write(FILE, settings);
        project.forget();
        await pulumi(...UP);
    });
    after(() => project.remove());

    it("is proved, has nothing to change, and on the embedded host neither", async () => {
        await unchanged();
        expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
        expect(await project.mesh("state", "export", "mesh", "--host", "pulumi")).not.to.contain("PRIVATE KEY");
        const admitted = await project.mesh("history", "mesh", "--host", "pulumi", "--output", "json");
        expect(admitted.match(/"what": "(west|east) discovers (west|east)"/g)).to.have.length(2);
        expect(admitted.match(/"since"/g)).to.have.length(admitted.match(/"began"/g)?.length ?? 0);
        await project.take("mesh", "embedded", await project.state("mesh", "pulumi"));
        expect(await project.planned("mesh", "embedded")).to.deep.equal({});
        expect(await project.mesh("verify", "mesh")).to.contain("The clusters are one mesh");
    });

    it("has the state that the embedded host makes, and takes it over", async () => {
        const made = shapeOf(await project.state("mesh", "pulumi"));
        await pulumi("destroy", "--yes", "--skip-preview");
        await project.mesh("up", "mesh");
        const state = await project.state("mesh", "embedded");
        await project.take("mesh", "pulumi", state);
        expect(difference(made, shapeOf(state))).to.deep.equal([]);
        await unchanged();
    });

    const CHANGES: Readonly<Record<string, { readonly make: () => void; readonly planned: object }>> = {
        "the host of an ingress": {
            make: rename,
            planned: {
                "west-apps-webapp-gateway": ["update", "spec.servers[0].hosts[0]"],
                "west-apps-webapp-route": ["update", "spec.hosts[0]"],
            },
        },
    };
    for (const [what, { make, planned }] of Object.entries(CHANGES)) {
        it(`plans the same as the embedded host for ${what}, and makes it`, async () => {
            await project.take("mesh", "embedded", await project.state("mesh", "pulumi"));
            make();
            expect(await project.planned("mesh", "pulumi")).to.deep.equal(planned);
            expect(await project.planned("mesh", "embedded")).to.deep.equal(planned);
            await pulumi(...UP);
            await unchanged();
            await pulumi("refresh", "--yes", "--skip-preview");
            await unchanged();
        });
    }

    it("shows a renewal in a plain preview: a new certificate, and the Secret updated in place", async () => {
        const due = aged(await project.state("mesh", "pulumi"), "root-ca-west");
        const kinds = async (host: "pulumi" | "embedded") => {
            await project.take("mesh", host, due);
            return Object.entries(await project.planned("mesh", host)).map(([name, [kind]]) => [name, kind]);
        };
        const renewed = [
            ["root-ca-west", "replace"],
            ["west-control-plane-cacerts", "update"],
        ];
        expect(await kinds("embedded")).to.have.deep.members(renewed);
        expect(await kinds("pulumi")).to.have.deep.members(renewed);
        await pulumi(...UP);
        await unchanged();
    });

    it("takes another root by one command, and no request is lost", async () => {
        await project.freshConnections("west");
        const target = targetOf(await project.mesh("outputs", "mesh", "--host", "pulumi"));
        const seen = await underLoad(target, "rotation of the root, on Pulumi", () =>
            project.mesh("rotate", "root", "mesh", "--host", "pulumi"),
        );
        expect(seen.lost, seen.reasons.join("\n")).to.equal(0);
        expect(project.checkout.read(FILE)).to.contain("istio-multicluster:roots: [2]");
        await unchanged();
        expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
        // The key of the first root is gone.
        settings = project.checkout.read(FILE);
    });

    it("goes on where an interrupted `up` ended", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        const up = project.checkout.spawn("up", "mesh", "--host", "pulumi");
        up.stdout?.resume();
        up.stderr?.setEncoding("utf8").on("data", (text: string) => {
            if (text.includes("west-control-plane-istiod creating")) up.kill("SIGTERM");
        });
        await once(up, "close");
        expect(up.exitCode).to.equal(1);
        await project.mesh("up", "mesh", "--host", "pulumi");
        await unchanged();
        expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
    });

    it("takes over what a killed `up` had begun", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        await project.killedUp("west-control-plane-istiod creating");
        const progress = await project.mesh("up", "mesh", "--host", "pulumi");
        expect(progress).to.match(
            /An earlier update was cut off; this one continues from what exists of \d+ objects?\./,
        );
        await unchanged();
        expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
    });

    it("goes on after a member did not answer", async () => {
        await project.turn("east", "off");
        rename();
        const failed = await project.checkout.mesh("up", "mesh", "--host", "pulumi");
        await project.turn("east", "on");
        expect(failed.exitCode).to.equal(1);
        expect(failed.all).to.contain("the up of stack mesh failed, as shown above");
        await project.mesh("up", "mesh", "--host", "pulumi");
        await unchanged();
    });

    const MISTAKES: Readonly<Record<string, (cluster: string) => Promise<void>>> = {
        "a cluster that did not answer": async (cluster) => {
            await project.turn(cluster, "off");
            expect((await project.checkout.mesh("up", "mesh", "--host", "pulumi")).exitCode).to.equal(1);
        },
        "a cluster in which the mesh was begun": async (cluster) => {
            await project.turn(cluster, "on");
            await project.killedUp("west-control-plane-istiod creating");
        },
    };
    for (const [mistake, make] of Object.entries(MISTAKES)) {
        it(`is as it was after the mistake to name ${mistake}`, async () => {
            const made = objectsOf(await project.state("mesh", "pulumi"));
            const { spare } = await project.makeClusters("spare");
            project.checkout.write(FILE, withCluster(settings, "west", spare));
            const preview = await project.mesh("preview", "mesh", "--host", "pulumi", "--output", "markdown");
            expect(preview).to.contain("Cluster west is another one than with the last up");
            await make("spare");
            project.checkout.write(FILE, settings);
            const progress = await project.mesh("up", "mesh", "--host", "pulumi");
            expect(progress).to.contain("west is the cluster of before again: what the stack has in it stays.");
            await unchanged();
            expect(objectsOf(await project.state("mesh", "pulumi"))).to.include.members(made);
            expect(await project.mesh("verify", "mesh", "--host", "pulumi")).to.contain("The clusters are one mesh");
        });
    }

    it("goes without a member that is gone for good, when told to", async () => {
        await project.lose("east");
        const refused = await project.checkout.mesh("destroy", "mesh", "--host", "pulumi");
        expect(refused.exitCode).to.equal(1);
        const progress = await project.mesh("destroy", "mesh", "--unreachable", "--host", "pulumi");
        expect(progress).to.match(/\d releases in clusters that do not answer are forgotten/);
        expect(objectsOf(await project.state("mesh", "pulumi"))).to.deep.equal([]);
        await project.makeClusters("east");
        expect(await project.mesh("verify", "mesh", "--pre")).to.contain("passed");
    });

    it("destroys what the embedded host made", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        await project.mesh("up", "mesh");
        await project.take("mesh", "pulumi", await project.state("mesh", "embedded"));
        await pulumi("destroy", "--yes", "--skip-preview");
        expect(await project.mesh("verify", "mesh", "--pre")).to.contain("passed");
    });
});

/** A stack's file in which a cluster of a name is another one. */
function withCluster(settings: string, name: string, cluster: unknown): string {
    const document = parseDocument(settings);
    document.setIn(["config", "istio-multicluster:clusters", name], cluster);
    return document.toString();
}

/** Uids of the objects in a state. */
function objectsOf(text: string): string[] {
    return [...text.matchAll(/"uid": ?"([^"]+)"/g)].map(([, uid = ""]) => uid).sort();
}

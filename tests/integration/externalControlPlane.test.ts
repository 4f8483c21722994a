/** An istiod outside of the mesh that it serves, on real clusters: one cluster, then two, and back to istiods of their own. */
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import type { Json } from "../../embedded/host/providers/provider";
import type { Settings } from "../support/program";
import { HOST, Trial } from "../support/trial";

describe("an external control plane on local clusters", function () {
    this.timeout(600_000);

    const trial = new Trial("examples/external/Pulumi.external.yaml");
    const [HUB, WEST, EAST] = ["hub", "west", "east"].map((name) => ({ [name]: { source: "kind" } }));
    const OUTSIDE = ["west", "east"].map((name) => ({ name, controlPlane: "hub" }));
    const INSIDE = ["west", "east"].map((name) => ({ name }));
    const bothHere = { clusters: { ...WEST, ...EAST } };
    /** Names of Deployments and Secrets in `istio-system`. */
    const partsOf = async (cluster: string): Promise<string[]> => {
        const [config, at] = [trial.client(cluster), { namespace: "istio-system" }];
        const lists = await Promise.all([
            config.makeApiClient(AppsV1Api).listNamespacedDeployment(at),
            config.makeApiClient(CoreV1Api).listNamespacedSecret({ ...at, fieldSelector: "type=Opaque" }),
        ]);
        return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? "")).sort();
    };

    before(async () => {
        trial.write("external", OUTSIDE.slice(0, 1), {
            clusters: { ...HUB, ...WEST },
            sampleApps: { host: HOST, webapp: ["west"], catalog: ["west"] },
        });
        await trial.mesh("up", "external");
    });
    after(() => trial.end());

    it("serves one cluster, which runs no istiod and holds no key", async () => {
        // Half of the checks are about peers.
        expect(await trial.unproved("external", 38)).to.have.length(19);
        expect(await partsOf("hub")).to.deep.equal(["cacerts", "istio-kubeconfig", "istiod"]);
        expect(await partsOf("west")).to.deep.equal(["istio-ingressgateway"]);
    });

    it("takes a second one in by one entry, as one mesh by every check, the probe's included", async () => {
        trial.write("external", OUTSIDE);
        await trial.mesh("up", "external");
        expect(await trial.unproved("external")).to.deep.equal([]);
        expect(await partsOf("hub")).to.include("istio-remote-secret-east-cluster");
        for (const cluster of ["west", "east"]) {
            const secrets = (await partsOf(cluster)).filter((name) => !name.startsWith("istio-"));
            expect(secrets, cluster).to.deep.equal([]);
        }
    });

    it("has nothing to change when it is brought up again", async () => {
        expect(await trial.changed("external")).to.equal(0);
    });

    it("gives way to an istiod in each cluster, and comes back, and nobody notices", async () => {
        const previews: string[] = [];
        const change = async (clusters: Json, changes: Settings = {}): Promise<void> => {
            trial.write("external", clusters, changes);
            previews.push((await trial.mesh("preview", "external", "--output", "markdown")).stdout);
            await trial.mesh("up", "external");
        };
        expect(
            await trial.lostDuring("external", "an istiod outside gives way to one in each cluster", () =>
                change(INSIDE, bothHere),
            ),
        ).to.equal(0);
        await trial.restart("east");
        expect(await trial.unprovedAtLast("external")).to.deep.equal([]);
        expect(
            await trial.lostDuring("external", "an istiod outside takes both clusters over", () => change(OUTSIDE)),
        ).to.equal(0);
        await trial.restart("east");
        expect(await trial.unprovedAtLast("external")).to.deep.equal([]);
        expect(previews[0])
            .to.contain("Cluster west gets an istiod of its own")
            .and.contain("**The istiod in hub goes.");
        expect(previews[1]).to.contain("**The istiod of cluster west goes");
    });

    it("gets other credentials, and nobody notices", async () => {
        const rotate = () => trial.mesh("rotate", "credentials", "external");
        expect(await trial.lostDuring("external", "credentials, istiod outside", rotate)).to.equal(0);
        await trial.mesh("verify", "external");
    });

    it("leaves nothing when it is destroyed", async () => {
        await trial.mesh("destroy", "external");
        expect((await trial.mesh("clusters", "--output", "json")).stdout).to.contain('"clusters": []');
    });
});

/** The example primary-remote on real clusters: east's pods get their sidecars, certificates and routes from west's istiod. */
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { SAMPLE_IMAGES } from "../../shared/versions";
import { waitFor } from "../../shared/wait";
import { Checkout } from "../support/checkout";
import { OwnProgram } from "../support/ownProgram";
import { type Target, underLoad } from "../support/underLoad";

const HOST = "webapp.istioinaction.io";

/** Apps for the example's program: webapp calls catalog, which only east has. */
const APPS = `
const apps = ${JSON.stringify({
    host: HOST,
    webappImage: SAMPLE_IMAGES.webapp,
    catalogImage: SAMPLE_IMAGES.catalog,
})};
const { west: inWest, east: inEast } = mesh.namespaces;
if (inWest === undefined || inEast === undefined) throw new Error("both are members");
new SampleApps("west-apps", { ...apps, cluster: "west", controlPlane: inWest, webapp: true }, { provider: west.provider });
new SampleApps("east-apps", { ...apps, cluster: "east", controlPlane: inEast, catalog: true }, { provider: east.provider });
`;

const proof = z.object({
    checks: z.array(
        z.object({ id: z.string(), result: z.string(), seen: z.array(z.string()), cause: z.string().optional() }),
    ),
});

describe("the example primary-remote on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    let program: OwnProgram;

    before(async () => {
        const example = readFileSync("examples/primary-remote/index.ts", "utf8");
        const text = example.replace(
            'Mesh } from "istio-multicluster"',
            'Mesh, SampleApps } from "../components/index"',
        );
        program = await OwnProgram.write(checkout, ["west", "east"], text + APPS);
        expect((await program.up()).errors).to.deep.equal([]);
    });
    after(async () => {
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    it("runs no istiod in east, and is one mesh by every check that needs no request, the probe's included", async () => {
        const apps = program.client("east").makeApiClient(AppsV1Api);
        const { items } = await apps.listNamespacedDeployment({ namespace: "istio-system" });
        expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal(["istio-eastwestgateway"]);
        const checks = await verify("--probe");
        expect(checks.filter(({ result }) => !["pass", "skipped"].includes(result))).to.deep.equal([]);
        expect(checks.find(({ id }) => id === "reachability-matrix")?.result).to.equal("pass");
        const issued = checks.find(({ id }) => id === "own-intermediate")?.seen ?? [];
        expect(issued.map((line) => /issued by O=my-mesh, L=(\w+), CN=Intermediate CA/.exec(line)?.[1])).to.deep.equal([
            "west",
            "west",
        ]);
        const { lost, requests } = await underLoad(await requestOf(), "nothing happens, primary-remote", () =>
            setTimeout(2000),
        );
        expect([lost, requests > 90]).to.deep.equal([0, true]);
    });

    it("changes nothing when it is brought up again", async () => {
        expect((await program.up()).counts).to.include({ create: 0, update: 0, replace: 0, delete: 0 });
    });

    it("loses no request while west's istiod is away, and the proof says what that means for east", async () => {
        const seen = await underLoad(await requestOf(), "istiod away", async () => {
            await scale(0);
            const checks = await verify();
            const causes = new Map(checks.flatMap(({ id, cause }) => (cause === undefined ? [] : [[id, cause]])));
            expect([...causes.keys()].sort()).to.deep.equal([
                "cluster-identity",
                "istiod-exposed",
                "istiod-ready",
                "peers-synced",
                "proxies-synced",
            ]);
            expect(causes.get("istiod-ready")).to.contain("It serves east as well, where no new pod starts.");
            expect(causes.get("proxies-synced")).to.contain("Proxies of east are connected to no istiod of west");
        });
        expect(seen.lost, seen.reasons.join()).to.equal(0);
        await scale(1);
    });

    it("leaves nothing when it is destroyed", async () => {
        expect((await program.destroy()).errors).to.deep.equal([]);
        for (const cluster of ["west", "east"]) {
            const { items } = await program.client(cluster).makeApiClient(CoreV1Api).listNamespace();
            expect(items.filter(({ metadata }) => metadata?.name?.startsWith("istio"))).to.deep.equal([]);
        }
    });

    async function verify(...args: string[]) {
        const ended = await checkout.mesh("verify", "--kubeconfig", program.contexts(), ...args, "--output", "json");
        return proof.parse(JSON.parse(ended.stdout)).checks;
    }

    /** A request that west's ingress takes. */
    async function requestOf(): Promise<Target> {
        const core = program.client("west").makeApiClient(CoreV1Api);
        const ingress = { name: "istio-ingressgateway", namespace: "istio-system" };
        const { status } = await core.readNamespacedService(ingress);
        const address = status?.loadBalancer?.ingress?.[0]?.ip ?? expect.fail("the ingress has no address");
        return { url: `http://${address}/api/catalog`, host: HOST };
    }

    async function scale(replicas: number): Promise<void> {
        const apps = program.client("west").makeApiClient(AppsV1Api);
        const istiod = { name: "istiod", namespace: "istio-system" };
        const body = [{ op: "replace", path: "/spec/replicas", value: replicas }];
        await apps.patchNamespacedDeploymentScale({ ...istiod, body });
        await waitFor(`${replicas} replicas of istiod`, 60, async () => {
            const { status } = await apps.readNamespacedDeployment(istiod);
            if ((status?.readyReplicas ?? 0) !== replicas || (status?.replicas ?? 0) !== replicas) {
                throw new Error(`${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} are ready`);
            }
        });
    }
});

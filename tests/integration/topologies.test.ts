/**
 * Models of a mesh on real clusters: one word of one cluster changes whose istiod serves it, another one which network it is
 * on. Requests go on meanwhile. primaryRemote.test.ts has the same as a program of one's own.
 */
import { AppsV1Api, CoreV1Api, DiscoveryV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ensureToolchain } from "../../embedded/toolchain";
import { moduleSource } from "../../embedded/toolchain/moduleSource";
import { run } from "../../shared/run";
import { waitFor } from "../../shared/wait";
import { mergePatch } from "../support/mergePatch";
import { configuration } from "../support/program";
import { HOST, Trial } from "../support/trial";

const CLUSTERS = ["west", "east", "north"];
const gateways = z.object({
    clusters: z.record(z.string(), z.object({ eastWestGateway: z.object({ address: z.string(), port: z.number() }) })),
});

describe("topologies on local clusters", function () {
    this.timeout(600_000);

    const trial = new Trial("examples/mixed/Pulumi.mixed.yaml");
    const write = trial.write.bind(trial);
    const mesh = trial.mesh.bind(trial);
    const unproved = trial.unproved.bind(trial);
    const client = trial.client.bind(trial);
    const lostDuring = trial.lostDuring.bind(trial);
    /** Where a cluster's own API server and pods find istiod. */
    const istiodAddresses = async (cluster: string): Promise<string[]> => {
        const { items } = await client(cluster).makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({
            namespace: "istio-system",
            labelSelector: "kubernetes.io/service-name=istiod",
        });
        return items.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
    };
    const restart = trial.restart.bind(trial);

    const [WEST, EAST, NORTH] = [
        { name: "west", network: "coast" },
        { name: "east", network: "coast" },
        { name: "north" },
    ];
    const SERVED = { ...EAST, controlPlane: "west" };

    after(() => trial.end());

    describe("two istiods and two networks for three clusters", () => {
        before(async () => {
            write("mixed", [WEST, SERVED, NORTH]);
            await mesh("up", "mixed");
        });

        it("are one mesh by every check, the probe's included", async () => {
            expect(await unproved("mixed")).to.deep.equal([]);
            const [istiod] = await istiodAddresses("east");
            const gateway = await client("west")
                .makeApiClient(CoreV1Api)
                .readNamespacedService({ namespace: "istio-system", name: "istio-eastwestgateway" });
            expect(istiod).to.equal(gateway.status?.loadBalancer?.ingress?.[0]?.ip);
        });

        it("have nothing to change when they are brought up again", async () => {
            expect(await trial.changed("mixed")).to.equal(0);
        });

        it("send nothing into a network where no pod is ready", async () => {
            const namespace = "istioinaction";
            const inNorth = async (): Promise<boolean> => {
                const service = { namespace, name: "catalog", port: 80 };
                const found = await trial.endpoints("west", { namespace, app: "webapp" }, service);
                return found.some((address) => address.endsWith(":15443"));
            };
            const change = (spec: object) => {
                const metadata = { namespace, name: "catalog" };
                return mergePatch(client("north"), { apiVersion: "apps/v1", kind: "Deployment", metadata, spec });
            };
            const core = client("north").makeApiClient(CoreV1Api);
            expect(await inNorth()).to.equal(true);
            const template = { spec: { readinessGates: [{ conditionType: "example.org/never" }] } };
            await change({ strategy: { type: "Recreate", rollingUpdate: null }, template });
            try {
                await waitFor("a pod that runs and is not ready", 60, async () => {
                    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=catalog" });
                    const conditions = items.flatMap(({ status }) => status?.conditions ?? []);
                    const held = conditions.filter(({ status }) => status === "True").map(({ type }) => type);
                    expect(held).to.include("ContainersReady").and.not.include("Ready");
                });
                await sleep(2000);
                expect(await inNorth()).to.equal(false);
            } finally {
                await change({ strategy: null, template: { spec: { readinessGates: null } } });
            }
            await waitFor("the way to north", 60, async () => {
                expect(await inNorth()).to.equal(true);
            });
        });

        it("become three istiods by one word, and nobody notices", async () => {
            write("mixed", [WEST, EAST, NORTH]);
            const preview = (await mesh("preview", "mixed", "--output", "markdown")).stdout;
            expect(preview).to.contain("Cluster east gets an istiod of its own");
            expect(preview).to.contain("istiod of west is no longer reachable from other clusters");
            expect(
                await lostDuring("mixed", "a cluster gets an istiod of its own", () => mesh("up", "mixed")),
            ).to.equal(0);
            await restart("east");
            expect(await trial.unprovedAtLast("mixed")).to.deep.equal([]);
        });

        it("become two again by one word, and nobody notices", async () => {
            write("mixed", [WEST, SERVED, NORTH]);
            const preview = (await mesh("preview", "mixed", "--output", "markdown")).stdout;
            expect(preview).to.contain("**The istiod of cluster east goes");
            expect(preview).to.contain("istiod of west becomes reachable from other clusters");
            expect(preview).not.to.contain("loses its intermediate");
            expect(
                await lostDuring("mixed", "another cluster's istiod takes it over", () => mesh("up", "mixed")),
            ).to.equal(0);
            expect(await istiodAddresses("east")).to.have.length(1);
            await restart("east");
            expect(await trial.unprovedAtLast("mixed")).to.deep.equal([]);
        });

        it("let a cluster go by one command and take it in again, and nobody notices", async () => {
            const lost = await lostDuring("mixed", "a third cluster leaves and joins", async () => {
                const { all } = await mesh("leave", "north", "mixed");
                expect(all).to.contain("no istiod and no proxy of east, west knows it");
                write("mixed", [WEST, SERVED, NORTH]);
                await mesh("up", "mixed");
            });
            expect(lost).to.equal(0);
        });

        it("let a cluster go that is gone for good, once they are told so", async () => {
            await mesh("clusters", "stop", "north");
            const refused = await trial.refused("leave", "north", "mixed");
            expect(refused).to.contain("If the cluster is gone for good, `--unreachable` takes it out as it is.");
            const { all } = await mesh("leave", "north", "mixed", "--unreachable");
            expect(all).to.contain("no istiod and no proxy of east, west knows it");
            expect(all).to.contain("until `mesh rotate credentials` revokes them");
            expect(await trial.changed("mixed")).to.equal(0);
        });

        it("keep a cluster whose istiod others need", async () => {
            expect(await trial.refused("leave", "west", "mixed")).to.contain("its istiod serves east, too");
            expect(await trial.refused("leave", "east", "mixed")).to.contain("the istiod of west serves it");
        });

        after(() => mesh("destroy", "mixed"));
    });

    describe("east-west gateways by the Kubernetes Gateway API", () => {
        const writeWith = (deployedBy: string): void => {
            write("gateway-api", [{ name: "west" }, { name: "east" }], {
                clusters: { west: { source: "kind" }, east: { source: "kind" } },
                sampleApps: { host: HOST, webapp: ["west"], catalog: ["east"] },
                istio: { eastWestGateway: { deployedBy } },
            });
        };

        before(async () => {
            await mesh("clusters", "start", "west", "east");
            const { binaries } = await ensureToolchain(() => undefined);
            const resources = path.join(
                await moduleSource("istio", "istio.io/istio"),
                "tests/integration/pilot/testdata/gateway-api-crd.yaml",
            );
            for (const cluster of ["west", "east"]) {
                const kubeconfig = trial.kubeconfig(cluster);
                const apply = ["apply", "--server-side", "--filename", resources];
                await run(binaries.kubectl, ["--kubeconfig", kubeconfig, ...apply]);
            }
            await mesh("up", trial.copy("gateway-api"));
        });

        it("are one mesh by every check, the probe's included", async () => {
            expect(await unproved("gateway-api")).to.deep.equal([]);
            expect(await trial.changed("gateway-api")).to.equal(0);
            const { items } = await client("east")
                .makeApiClient(AppsV1Api)
                .listNamespacedDeployment({ namespace: "istio-system" });
            expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal([
                "istio-eastwestgateway-istio",
                "istiod",
            ]);
        });

        it("take the place of the chart's, and give it back: at most a request is cut for each gateway that goes", async () => {
            const lost = await lostDuring("gateway-api", "four east-west gateways are replaced", async () => {
                for (const step of ["both", "chart", "both", "gatewayApi"]) {
                    writeWith(step);
                    await mesh("up", "gateway-api");
                    // istiod says where a gateway is before its first pod is ready, and Pulumi goes on then.
                    await waitFor("the proof", 60, () => mesh("verify", "gateway-api"));
                }
            });
            // Two gateways of the API, then two of the chart: who passes TLS on cannot tell a client to send no more.
            expect(lost).to.be.at.most(4);
            expect(await unproved("gateway-api")).to.deep.equal([]);
        });

        it("are dialled at an address that their cluster does not know", async () => {
            const { items } = await client("east").makeApiClient(CoreV1Api).listNode();
            const addresses = items[0]?.status?.addresses ?? [];
            const node = addresses.find(({ type }) => type === "InternalIP")?.address ?? expect.fail("a node has one");
            const service = { type: "ClusterIP", externalIPs: [node] };
            write("gateway-api", [{ name: "west" }, { name: "east" }], {
                clusters: {
                    west: { source: "kind" },
                    east: { source: "kind", istio: { eastWestGateway: { service } } },
                },
                sampleApps: { host: HOST, webapp: ["west"], catalog: ["east"] },
            });
            await mesh("up", "gateway-api");
            expect(await unproved("gateway-api")).to.deep.equal([]);
            const { clusters } = gateways.parse(JSON.parse((await mesh("outputs", "gateway-api")).stdout));
            expect(clusters["east"]?.eastWestGateway).to.deep.equal({ address: node, port: 15443 });
        });

        after(() => mesh("destroy", "gateway-api"));
    });

    describe("one istiod for two clusters on two networks", () => {
        it("are one mesh by every check, the probe's included", async () => {
            const stack = trial.copy("one-istiod");
            await mesh("up", stack);
            expect(await unproved(stack)).to.deep.equal([]);
            expect(await trial.changed(stack)).to.equal(0);
            await mesh("destroy", stack);
        });
    });

    describe("one network for three clusters", () => {
        const { clusters = {} } = configuration("examples/flat/Pulumi.flat.yaml");

        before(async () => {
            await mesh("up", trial.copy("flat"));
        });

        it("needs no gateway between them", async () => {
            expect(await unproved("flat")).to.deep.equal([
                "gateway-answers: skipped",
                "gateway-answers-peers: skipped",
            ]);
            for (const cluster of CLUSTERS) {
                const { items } = await client(cluster)
                    .makeApiClient(AppsV1Api)
                    .listNamespacedDeployment({ namespace: "istio-system" });
                const names = items.map(({ metadata }) => metadata?.name);
                expect(names, cluster).not.to.include("istio-eastwestgateway");
            }
            expect(await trial.changed("flat")).to.equal(0);
        });

        it("is also one mesh with one istiod, which all of them reach through a gateway", async () => {
            write("flat", [WEST, SERVED, { ...NORTH, network: "coast", controlPlane: "west" }], { clusters });
            await mesh("up", "flat");
            await restart("east");
            await restart("north");
            expect(await trial.unprovedAtLast("flat")).to.deep.equal(["gateway-answers-peers: skipped"]);
        });

        it("leaves nothing when it is destroyed", async () => {
            await mesh("destroy", "flat");
            expect((await mesh("clusters", "--output", "json")).stdout).to.contain('"clusters": []');
        });
    });
});

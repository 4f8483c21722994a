/**
 * Models of a mesh on real clusters: one word of one cluster changes whose istiod serves it, another one which network it is
 * on. Requests go on meanwhile. primaryRemote.test.ts has the same as a program of one's own.
 */
import { AppsV1Api, CoreV1Api, DiscoveryV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import path from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import type { Json } from "../../embedded/host/providers/provider";
import { ensureToolchain } from "../../embedded/toolchain";
import { moduleSource } from "../../embedded/toolchain/moduleSource";
import { run } from "../../shared/run";
import { waitFor } from "../../shared/wait";
import { isReady } from "../../verify/observe/objects";
import { Checkout } from "../support/checkout";
import { Load } from "../support/load";
import { configuration, type Settings } from "../support/program";

const proof = z.object({
    checks: z.array(z.object({ id: z.string(), result: z.string(), seen: z.array(z.string()) })),
});
const counts = z.object({
    stacks: z.array(z.object({ runs: z.array(z.object({ counts: z.record(z.string(), z.number()) })) })),
});
const outputs = z.object({ clusters: z.record(z.string(), z.object({ ingressAddress: z.string().optional() })) });
const HOST = "webapp.istioinaction.io";
const CLUSTERS = ["west", "east", "north"];

describe("topologies on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    const mesh = async (...args: string[]) => {
        const ended = await checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-4000)).to.equal(0);
        return ended;
    };
    const example = configuration("examples/mixed/Pulumi.mixed.yaml");
    /** A stack of the example, with other clusters of the mesh. */
    const write = (stack: string, clusters: Json, changes: Settings = {}): void => {
        const settings = { ...example, ...changes, mesh: { id: "usmesh", clusters } };
        const config = Object.entries(settings).map(([key, value]): [string, Json] => [
            `istio-multicluster:${key}`,
            value,
        ]);
        checkout.write(`Pulumi.${stack}.yaml`, stringify({ config: Object.fromEntries(config) }));
    };
    /** Results of the whole proof, but for those that passed. */
    const unproved = async (stack: string) => {
        const { stdout } = await mesh("verify", stack, "--probe", "--output", "json");
        const { checks } = proof.parse(JSON.parse(stdout));
        expect(checks).to.have.length(39);
        return checks.filter(({ result }) => result !== "pass").map(({ id, result }) => `${id}: ${result}`);
    };
    const client = (cluster: string): KubeConfig => {
        const config = new KubeConfig();
        config.loadFromFile(path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`));
        return config;
    };
    /** What a client of west's ingress loses meanwhile, at 50 requests a second. */
    const lostDuring = async (stack: string, work: () => Promise<unknown>): Promise<number> => {
        const { clusters } = outputs.parse(JSON.parse((await mesh("outputs", stack)).stdout));
        const load = new Load(`http://${clusters["west"]?.ingressAddress ?? ""}/api/catalog`, HOST);
        await work().finally(() => load.stop());
        const seen = await load.stop();
        console.log(`      ${JSON.stringify(seen)}`);
        expect(seen.requests).to.be.greaterThan(200);
        return seen.lost;
    };
    /** Where a cluster's own API server and pods find istiod. */
    const istiodAddresses = async (cluster: string): Promise<string[]> => {
        const { items } = await client(cluster).makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({
            namespace: "istio-system",
            labelSelector: "kubernetes.io/service-name=istiod",
        });
        return items.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
    };
    /** New pods of the app and the gateway of a cluster, which get new certificates. */
    const restart = async (cluster: string): Promise<void> => {
        const core = client(cluster).makeApiClient(CoreV1Api);
        const labelSelector = "app in (catalog, istio-eastwestgateway)";
        const namespaces = ["istioinaction", "istio-system"];
        for (const namespace of namespaces) await core.deleteCollectionNamespacedPod({ namespace, labelSelector });
        await waitFor(`new pods in ${cluster}`, 90, async () => {
            const lists = await Promise.all(
                namespaces.map((namespace) => core.listNamespacedPod({ namespace, labelSelector })),
            );
            const pods = lists.flatMap(({ items }) => items);
            const waiting = pods.filter((pod) => pod.metadata?.deletionTimestamp !== undefined || !isReady(pod));
            if (waiting.length > 0) throw new Error(waiting.map(({ metadata }) => metadata?.name).join(", "));
        });
    };

    const [WEST, EAST, NORTH] = [
        { name: "west", network: "coast" },
        { name: "east", network: "coast" },
        { name: "north" },
    ];
    const SERVED = { ...EAST, controlPlane: "west" };

    after(async () => {
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

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
            const { stdout } = await mesh("up", "mixed", "--output", "json");
            const changed = counts.parse(JSON.parse(stdout)).stacks.flatMap(({ runs }) => runs);
            expect(changed.map(({ counts }) => [counts["create"], counts["update"], counts["delete"]])).to.deep.equal([
                [0, 0, 0],
            ]);
        });

        it("become three istiods by one word, and nobody notices", async () => {
            write("mixed", [WEST, EAST, NORTH]);
            const preview = (await mesh("preview", "mixed", "--output", "markdown")).stdout;
            expect(preview).to.contain("Cluster east gets an istiod of its own");
            expect(preview).to.contain("istiod of west is no longer reachable from other clusters");
            expect(await lostDuring("mixed", () => mesh("up", "mixed"))).to.equal(0);
            await restart("east");
            expect(await unproved("mixed")).to.deep.equal([]);
        });

        it("become two again by one word, and nobody notices", async () => {
            write("mixed", [WEST, SERVED, NORTH]);
            const preview = (await mesh("preview", "mixed", "--output", "markdown")).stdout;
            expect(preview).to.contain("**The istiod of cluster east goes");
            expect(preview).to.contain("istiod of west becomes reachable from other clusters");
            expect(preview).not.to.contain("loses its intermediate");
            expect(await lostDuring("mixed", () => mesh("up", "mixed"))).to.equal(0);
            expect(await istiodAddresses("east")).to.have.length(1);
            await restart("east");
            expect(await unproved("mixed")).to.deep.equal([]);
        });

        it("let a cluster go and take it in again, and nobody notices", async () => {
            const sources = z.record(z.string(), z.json()).parse(example["clusters"]);
            const { north, ...others } = sources;
            expect(north).to.deep.equal({ source: "kind" });
            const lost = await lostDuring("mixed", async () => {
                write("mixed", [WEST, SERVED], {
                    clusters: others,
                    sampleApps: { host: HOST, webapp: ["west"], catalog: ["east"] },
                });
                await mesh("up", "mixed");
                write("mixed", [WEST, SERVED, NORTH]);
                await mesh("up", "mixed");
            });
            expect(lost).to.equal(0);
        });

        after(() => mesh("destroy", "mixed"));
    });

    describe("east-west gateways by the Kubernetes Gateway API", () => {
        const writeWith = (deployedBy: string): void => {
            write("gateways", [{ name: "west" }, { name: "east" }], {
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
                const kubeconfig = path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`);
                const apply = ["apply", "--server-side", "--filename", resources];
                await run(binaries.kubectl, ["--kubeconfig", kubeconfig, ...apply]);
            }
            writeWith("gatewayApi");
            await mesh("up", "gateways");
        });

        it("are one mesh by every check, the probe's included", async () => {
            expect(await unproved("gateways")).to.deep.equal([]);
            const { items } = await client("east")
                .makeApiClient(AppsV1Api)
                .listNamespacedDeployment({ namespace: "istio-system" });
            expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal([
                "istio-eastwestgateway-istio",
                "istiod",
            ]);
        });

        it("take the place of the chart's, and give it back: at most a request is cut for each gateway that goes", async () => {
            const lost = await lostDuring("gateways", async () => {
                for (const step of ["both", "chart", "both", "gatewayApi"]) {
                    writeWith(step);
                    await mesh("up", "gateways");
                    // istiod says where a gateway is before its first pod is ready, and Pulumi goes on then.
                    await waitFor("the proof", 60, () => mesh("verify", "gateways"));
                }
            });
            // Two gateways of the API, then two of the chart: who passes TLS on cannot tell a client to send no more.
            expect(lost).to.be.at.most(4);
            expect(await unproved("gateways")).to.deep.equal([]);
        });

        after(() => mesh("destroy", "gateways"));
    });

    describe("one network for three clusters", () => {
        const sources = z.record(z.string(), z.record(z.string(), z.json())).parse(example["clusters"]);
        const clusters = { ...sources, north: { source: "kind", podSubnet: "10.130.0.0/16" } };

        before(async () => {
            write("flat", [WEST, EAST, { ...NORTH, network: "coast" }], { clusters });
            await mesh("up", "flat");
        });

        it("needs no gateway between them", async () => {
            expect(await unproved("flat")).to.deep.equal([
                "gateway-answers: skipped",
                "gateway-answers-peers: skipped",
                "plaintext-refused: skipped",
            ]);
            for (const cluster of CLUSTERS) {
                const { items } = await client(cluster)
                    .makeApiClient(AppsV1Api)
                    .listNamespacedDeployment({ namespace: "istio-system" });
                const names = items.map(({ metadata }) => metadata?.name);
                expect(names, cluster).not.to.include("istio-eastwestgateway");
            }
        });

        it("is also one mesh with one istiod, which all of them reach through a gateway", async () => {
            write("flat", [WEST, SERVED, { ...NORTH, network: "coast", controlPlane: "west" }], { clusters });
            await mesh("up", "flat");
            await restart("east");
            await restart("north");
            expect(await unproved("flat")).to.deep.equal([
                "gateway-answers-peers: skipped",
                "plaintext-refused: skipped",
            ]);
        });

        it("leaves nothing when it is destroyed", async () => {
            await mesh("destroy", "flat");
            expect((await mesh("clusters", "--output", "json")).stdout).to.contain('"clusters": []');
        });
    });
});

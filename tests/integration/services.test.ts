/** Services that the clusters of a mesh list: who finds them, whom clients prefer, and who may call. On three real clusters. */
import { AppsV1Api, CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import { expect } from "chai";
import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { Json } from "../../embedded/host/providers/provider";
import { ensureToolchain } from "../../embedded/toolchain";
import { run } from "../../shared/run";
import { waitFor } from "../../shared/wait";
import { partition } from "../support/partition";
import { askByHand, identityIn } from "../support/byHand";
import { mergePatch } from "../support/mergePatch";
import { restart } from "../support/sampleTraffic";
import { HOST, Trial } from "../support/trial";

const outputs = z.object({
    clusters: z.record(
        z.string(),
        z.object({
            apiServer: z.string(),
            ingressAddress: z.string().optional(),
            eastWestGateway: z.object({ address: z.string(), port: z.number() }),
        }),
    ),
});
const drilled = z.object({
    beyond: z.array(z.string()),
    usual: z.array(z.string()),
    others: z.array(z.string()),
    secondsUntilOthers: z.number(),
    secondsBack: z.number(),
    load: z.object({ requests: z.number(), lost: z.number() }),
});
const counted = z.object({
    calls: z.array(
        z.object({
            client: z.string(),
            cluster: z.string(),
            service: z.string(),
            to: z.string(),
            gateways: z.array(z.string()),
            requests: z.number(),
            failed: z.number(),
        }),
    ),
});
const CLUSTERS = ["west", "east", "north"];
const MOVED_TO = ["east", "north"];
const CATALOG = { name: "catalog", namespace: "istioinaction" };

describe("services that clusters list", function () {
    this.timeout(600_000);

    const trial = new Trial("examples/services/Pulumi.services.yaml");
    const { mesh: example } = z
        .object({ mesh: z.object({ services: z.array(z.record(z.string(), z.json())) }) })
        .parse(trial.example);
    const [catalog = {}, webapp = {}] = example.services;
    /** Catalog, away from its callers. */
    const moved = (): Record<string, Json> => ({ ...catalog, clusters: MOVED_TO, exports: ["west"] });
    const members = CLUSTERS.map((name) => ({ name }));
    /** Another list of services; the sample app runs where it says. */
    const write = (services: readonly Json[], places: string[] = ["west", "east"], denyByDefault = true): void => {
        const apps = { sampleApps: { host: HOST, webapp: ["west"], catalog: places } };
        trial.write("services", members, apps, { services: [...services, webapp], denyByDefault });
    };
    const stateOf = async () => outputs.parse(JSON.parse((await trial.mesh("outputs", "services")).stdout)).clusters;
    const drill = async (...options: string[]) => {
        const { stdout } = await trial.mesh(
            "drill",
            "catalog.istioinaction",
            "services",
            "--output",
            "json",
            ...options,
        );
        console.log(`      ${JSON.stringify(JSON.parse(stdout))}`);
        return drilled.parse(JSON.parse(stdout));
    };

    before(async () => {
        await trial.mesh("up", trial.copy("services"));
    });
    after(() => trial.end());

    it("are one mesh by every check, the probe's included, and have nothing to change", async () => {
        expect(await trial.unproved("services", 43)).to.deep.equal(["localities: skipped", "no-local-pods: skipped"]);
        expect(await trial.changed("services")).to.equal(0);
    });

    it("are answered near: 1,000 of 1,000 requests", async () => {
        const { west } = await stateOf();
        const agent = new Agent({ keepAlive: true, maxSockets: 4 });
        const url = `http://${west?.ingressAddress ?? ""}/api/catalog`;
        const answers = Array.from({ length: 1000 }, () => clusterThatAnswers(url, agent));
        expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(["west"]));
        agent.destroy();
    });

    it("are answered by the other cluster while their own has no replicas, and nothing is lost", async () => {
        const { usual, others, load, beyond, secondsUntilOthers } = await drill("--from", "west");
        expect({ usual, others, beyond, lost: load.lost }).to.deep.equal({
            usual: ["west"],
            others: ["east"],
            beyond: [],
            lost: 0,
        });
        expect(secondsUntilOthers).to.be.lessThan(10);
        expect(await trial.changed("services")).to.equal(0);
    });

    it("let in whom the list names, from whichever cluster, and nobody else; a cluster that lists none has no way in", async () => {
        const clusters = await stateOf();
        const found: Record<string, number | "refused"> = {};
        for (const account of ["istioinaction/webapp", "istioinaction/catalog"]) {
            for (const from of CLUSTERS) {
                const shown = await identityIn(trial.client(from), account);
                for (const to of CLUSTERS) {
                    const gateway = clusters[to]?.eastWestGateway ?? { address: "", port: 0 };
                    const asked = { ...CATALOG, path: "/items" };
                    found[`${account} ${from} ${to}`] = await askByHand(gateway, asked, shown);
                }
            }
        }
        const expected = ["istioinaction/webapp", "istioinaction/catalog"].flatMap((account) =>
            CLUSTERS.flatMap((from) =>
                CLUSTERS.map((to) => {
                    const answer = to === "north" ? "refused" : account === "istioinaction/webapp" ? 200 : 403;
                    return [`${account} ${from} ${to}`, answer] as const;
                }),
            ),
        );
        expect(found).to.deep.equal(Object.fromEntries(expected));
    });

    it("are asked by the probe as every account, and it names each that is not answered as listed", async () => {
        const ofWest = (account: string, to: string, answer: string, service = "catalog.istioinaction") => ({
            ...{ account, from: "west", to, service, answer },
        });
        const answers = async () => {
            const { calls, causes } = await trial.judged("services", "--probe");
            const named = calls.filter(({ account, from }) => from === "west" && !account.includes("mesh-probe"));
            const strangers = calls.filter(({ account }) => account.includes("mesh-probe")).map(({ answer }) => answer);
            return { named, strangers: [...new Set(strangers)], causes };
        };
        const [webapp, ingress] = ["istioinaction/webapp", "istio-system/istio-ingressgateway"];
        const right = await answers();
        expect(right.named).to.have.deep.members([
            ofWest(webapp, "west", "let in"),
            ofWest(webapp, "east", "let in"),
            ofWest(ingress, "west", "refused"),
            ofWest(ingress, "east", "refused"),
            ofWest(webapp, "west", "refused", "webapp.istioinaction"),
            ofWest(ingress, "west", "let in", "webapp.istioinaction"),
        ]);
        expect({ strangers: right.strangers, causes: right.causes }).to.deep.equal({
            strangers: ["refused"],
            causes: {},
        });
        const objects = KubernetesObjectApi.makeApiClient(trial.client("east"));
        const open = {
            apiVersion: "security.istio.io/v1",
            kind: "AuthorizationPolicy",
            metadata: { name: "open", namespace: "istioinaction" },
            spec: { action: "ALLOW", rules: [{}] },
        };
        await objects.create(open);
        try {
            await waitFor("the probe to be let in", 60, async () => {
                const { causes } = await answers();
                expect(Object.keys(causes)).to.deep.equal(["service-callers"]);
                expect(causes["service-callers"]).to.contain(`east lets ${ingress} in, which the list of catalog`);
            });
        } finally {
            await objects.delete(open);
        }
    });

    it("are missed by the proof where a cluster finds more than the list says", async () => {
        const core = trial.client("east").makeApiClient(CoreV1Api);
        const name = { name: "istio", namespace: "istio-system" };
        const settings = (await core.readNamespacedConfigMap(name)).data?.["mesh"] ?? "";
        const write = (mesh: string) =>
            mergePatch(trial.client("east"), { apiVersion: "v1", kind: "ConfigMap", metadata: name, data: { mesh } });
        await write(settings.replace("clusterLocal: true", "clusterLocal: false"));
        try {
            await waitFor("east to find webapp", 60, async () => {
                const { causes } = await trial.judged("services", "--only", "shared-services");
                expect(causes).to.deep.equal({
                    "shared-services":
                        "Clients in east find webapp.istioinaction elsewhere, which is not exported to it.",
                });
            });
        } finally {
            await write(settings);
        }
        await waitFor("the proof", 60, async () => {
            expect((await trial.judged("services", "--only", "shared-services")).causes).to.deep.equal({});
        });
    });

    it("have no other service behind their gateways", async () => {
        const { west } = await stateOf();
        const shown = await identityIn(trial.client("east"), "istio-system/istio-ingressgateway");
        const asked = { name: "webapp", namespace: "istioinaction", path: "/" };
        expect(await askByHand(west?.eastWestGateway ?? { address: "", port: 0 }, asked, shown)).to.equal("refused");
    });

    it("are found neither by DNS nor by a proxy of a cluster to which they are not exported", async () => {
        const namespace = "istioinaction";
        const metadata = { name: "webapp", namespace };
        const theirs = trial.client("west").makeApiClient(AppsV1Api);
        const { spec } = await theirs.readNamespacedDeployment(metadata);
        const objects = KubernetesObjectApi.makeApiClient(trial.client("north"));
        const labels = { "istio-injection": "enabled" };
        await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
        await objects.create({ apiVersion: "v1", kind: "ServiceAccount", metadata });
        const app = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
        await objects.create(app);
        const known = () =>
            trial.endpoints("north", { namespace: "istioinaction", app: "webapp" }, { ...CATALOG, port: 80 });
        expect(await waitFor("webapp of north", 90, known)).to.deep.equal([]);
        const core = trial.client("north").makeApiClient(CoreV1Api);
        const { items } = await core.listNamespacedService({ namespace });
        expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal([]);
    });

    it("come, are exported further and go, and no request of the others is lost", async () => {
        const orders = {
            name: "orders",
            namespace: "shop",
            createNamespace: CLUSTERS,
            ports: [{ name: "http", port: 80 }],
            clusters: ["north"],
            callers: [{ namespace: "shop" }],
        };
        const lost = await trial.lostDuring("services", "another service comes, is exported and goes", async () => {
            write([catalog, orders]);
            const added = (await trial.mesh("preview", "services", "--output", "markdown")).stdout;
            expect(added).to.contain("Clients in west find orders.shop, which other clusters run.");
            expect(added).to.contain("Other networks reach orders.shop in north.");
            await trial.mesh("up", "services");
            write([{ ...catalog, exports: ["north"] }, orders]);
            await trial.mesh("up", "services");
            const known = () =>
                trial.endpoints("north", { namespace: "istioinaction", app: "webapp" }, { ...CATALOG, port: 80 });
            const { west, east } = await stateOf();
            const gateways = [west, east].map((each) => `${each?.eastWestGateway.address ?? ""}:15443`).sort();
            await waitFor("north to know both gateways", 30, async () => {
                expect((await known()).sort()).to.deep.equal(gateways);
            });
            write([catalog]);
            const removed = (await trial.mesh("preview", "services", "--output", "markdown")).stdout;
            expect(removed).to.contain("**Clients in west lose orders.shop: its name is gone there.**");
            expect(removed).to.contain("**Other networks no longer reach orders.shop in north.**");
            expect(removed).to.contain("**Clients in north lose catalog.istioinaction: its name is gone there.**");
            await trial.mesh("up", "services");
            await waitFor("north to know none", 30, async () => {
                expect(await known()).to.deep.equal([]);
            });
        });
        expect(lost).to.equal(0);
    });

    it("move to other clusters, one of which answers while the gateway of the other is gone", async () => {
        const namespace = "istioinaction";
        await trial.client("north").makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
        await waitFor("north's namespace to go", 60, async () => {
            const { items } = await trial.client("north").makeApiClient(CoreV1Api).listNamespace();
            if (items.some(({ metadata }) => metadata?.name === namespace)) throw new Error("it is there");
        });
        const lost = await trial.lostDuring("services", "a service moves to other clusters", async () => {
            write([{ ...catalog, clusters: CLUSTERS, exports: [] }], CLUSTERS);
            await trial.mesh("up", "services");
            write([moved()], MOVED_TO);
            await trial.mesh("up", "services");
        });
        expect(lost).to.equal(0);
        const { usual, others, load } = await drill("--from", "west", "--gateway", "east");
        expect({ usual, others, lost: load.lost }).to.deep.equal({
            usual: ["east", "north"],
            others: ["north"],
            lost: 0,
        });
    });

    it("are answered in their own region first, and in the shares that are given", async () => {
        const { binaries } = await ensureToolchain(() => undefined);
        const regions = { west: "us-west", east: "us-east", north: "us-west" };
        write([{ ...moved(), locality: { failover: [{ from: "us-west", to: "us-east" }] } }], MOVED_TO);
        await trial.mesh("up", "services");
        const labels = async () => (await trial.judged("services", "--only", "localities")).causes;
        expect(await labels())
            .to.have.property("localities")
            .that.matches(/Pods in west are in no known region, by which clients of catalog/);
        for (const [cluster, region] of Object.entries(regions)) {
            const label = ["label", "nodes", "--all", `topology.kubernetes.io/region=${region}`];
            await run(binaries.kubectl, ["--kubeconfig", trial.kubeconfig(cluster), ...label]);
        }
        expect(await labels()).to.deep.equal({});
        // istiod learns the region of a pod when that starts.
        await restart(trial.home, "west", "webapp");
        for (const cluster of MOVED_TO) await restart(trial.home, cluster, "catalog");
        const answers = async (): Promise<Record<string, number>> => {
            const { west } = await stateOf();
            const agent = new Agent({ keepAlive: true, maxSockets: 4 });
            const url = `http://${west?.ingressAddress ?? ""}/api/catalog`;
            const each = await Promise.all(Array.from({ length: 1000 }, () => clusterThatAnswers(url, agent)));
            agent.destroy();
            return Object.fromEntries(MOVED_TO.map((name) => [name, each.filter((answer) => answer === name).length]));
        };
        await waitFor("north alone to answer", 60, async () => {
            expect(await answers()).to.deep.equal({ east: 0, north: 1000 });
        });
        const shares = { from: "us-west/*", to: { "us-west/*": 80, "us-east/*": 20 } };
        write([{ ...moved(), locality: { distribute: [shares] } }], MOVED_TO);
        await trial.mesh("up", "services");
        await waitFor("four of five to stay in the region", 60, async () => {
            const { east } = await answers();
            expect(east).to.be.within(160, 240);
        });
        write([moved()], MOVED_TO);
        await trial.mesh("up", "services");
    });

    it("are answered by the cluster that is left while the network of the other is cut off, and nothing is lost", async () => {
        const clusters = await stateOf();
        const nodes = ["west", "east"].map((name) => new URL(clusters[name]?.apiServer ?? "").hostname);
        const calls = async (): Promise<string[]> => {
            const { stdout } = await trial.mesh("traffic", "services", "--seconds", "4", "--output", "json");
            const ofCatalog = counted
                .parse(JSON.parse(stdout))
                .calls.filter(({ service }) => service === "catalog.istioinaction");
            return ofCatalog
                .filter(({ requests, failed }) => requests > failed)
                .map(({ to }) => to)
                .sort();
        };
        const lost = await trial.lostDuring("services", "the network of one of two clusters is cut off", async () => {
            expect(await calls()).to.deep.equal(["east", "north"]);
            const join = await partition(trial.home, nodes);
            try {
                await setTimeout(5_000);
                // West's proxies have set east aside. The command itself reaches both clusters.
                expect(await calls()).to.deep.equal(["north"]);
            } finally {
                await join();
            }
            await waitFor("east to answer again", 120, async () => {
                expect(await calls()).to.deep.equal(["east", "north"]);
            });
        });
        expect(lost).to.equal(0);
    });

    it("are open to all by one word, and closed by another, and no request is lost", async () => {
        const lost = await trial.lostDuring("services", "deny by default goes and comes", async () => {
            write([moved()], MOVED_TO, false);
            await trial.mesh("up", "services");
            write([moved()], MOVED_TO);
            const preview = (await trial.mesh("preview", "services", "--output", "markdown")).stdout;
            expect(preview).to.contain(
                "**In west, nobody may call anybody from now on but the callers that are listed.**",
            );
            await trial.mesh("up", "services");
        });
        expect(lost).to.equal(0);
    });

    it("are counted where they are called", async () => {
        const [stdout] = await Promise.all([
            trial.mesh("traffic", "services", "--seconds", "8", "--output", "json").then((ended) => ended.stdout),
            trial.lostDuring("services", "nothing happens", () => setTimeout(14_000)),
        ]);
        const { calls } = counted.parse(JSON.parse(stdout));
        const { east, north } = await stateOf();
        const ofCatalog = calls.filter(({ service }) => service === "catalog.istioinaction");
        expect(
            ofCatalog.map(({ client, cluster, to, gateways, failed }) => ({ client, cluster, to, gateways, failed })),
        ).to.have.deep.members([
            {
                client: "webapp.istioinaction",
                cluster: "west",
                to: "east",
                gateways: [`${east?.eastWestGateway.address ?? ""}:15443`],
                failed: 0,
            },
            {
                client: "webapp.istioinaction",
                cluster: "west",
                to: "north",
                gateways: [`${north?.eastWestGateway.address ?? ""}:15443`],
                failed: 0,
            },
        ]);
        expect(ofCatalog.every(({ requests }) => requests > 50)).to.equal(true);
    });

    it("are proved without the cluster that does not answer, which takes nothing of the others with it", async () => {
        await trial.mesh("clusters", "stop", "north");
        try {
            const { results, causes } = await trial.judged("services");
            // Requests take their own way, and may meet what is left of the cluster.
            const failed = Object.keys(causes).filter(
                (id) => results[id]?.result === "fail" && id !== "remote-answers",
            );
            expect(failed).to.deep.equal(["clusters-ready"]);
            const { result, seen = [] } = results["remote-credentials"] ?? {};
            expect(result).to.equal("error");
            expect(seen.some((line) => line.startsWith("west: "))).to.equal(true);
            expect(seen.at(-1)).to.match(/^north: listing pods/);
        } finally {
            await trial.mesh("clusters", "start", "north");
        }
        await waitFor("the proof", 120, () => trial.mesh("verify", "services"));
    });

    it("leave nothing behind", async () => {
        await trial.mesh("destroy", "services");
    });
});

/** Short name of the cluster whose catalog answers. */
async function clusterThatAnswers(url: string, agent: Agent): Promise<string> {
    const body = await new Promise<Promise<string>>((resolve, reject) => {
        get(url, { agent, headers: { host: HOST } }, (answer) => {
            resolve(text(answer));
        }).once("error", reject);
    });
    return z.object({ cluster: z.string() }).parse(JSON.parse(body)).cluster;
}

/** Meshes with other values than the charts' own, on the same two local clusters: by configuration, and by component `Mesh`. */
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { clusterPaths, homePaths } from "../../embedded/localClusters/home/paths";
import { ctr } from "../../embedded/localClusters/node/containerd";
import { findInit } from "../../embedded/localClusters/node/node";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";
import { Checkout } from "../support/checkout";
import { OwnProgram } from "../support/ownProgram";
import { configuration } from "../support/program";
import { PublishedCommand } from "../support/publishedCommand";

const EXAMPLE = "examples/adjusted/Pulumi.adjusted.yaml";
const CLUSTERS = ["west", "east"] as const;
type Cluster = (typeof CLUSTERS)[number];

const proof = z.object({ checks: z.array(z.object({ id: z.string(), result: z.string() })) });

/** The README's mesh in 20 lines, with what local clusters need. */
const PROGRAM = `
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "../components/index";

const config = new pulumi.Config();
const cluster = (name: string) => ({
    provider: new k8s.Provider(name, {
        kubeconfig: config.requireSecret(name + "Kubeconfig"),
        clusterIdentifier: name,
        enableSecretMutable: true,
    }),
    apiServer: config.require(name + "ApiServer"),
});
const patient: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === "kubernetes:helm.sh/v3:Release" ? { props: { ...props, timeout: 299 }, opts } : undefined;
const mesh = new Mesh(
    "mesh",
    {
        id: "library",
        istio: { charts: config.require("charts") },
        clusters: { west: { ...cluster("west"), ingress: true }, east: cluster("east") },
    },
    { transforms: [patient] },
);
export const ingress = mesh.ingressAddresses;
`;

describe("adjusted meshes on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    const kubeconfigFile = (cluster: string): string => path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`);
    let toolchain: Toolchain;

    /** Runs a command that has to succeed. */
    const mesh = async (...args: string[]) => {
        const ended = await checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-3000)).to.equal(0);
        return ended;
    };
    const client = (cluster: Cluster): KubeConfig => {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfigFile(cluster));
        return config;
    };
    const core = (cluster: Cluster): CoreV1Api => client(cluster).makeApiClient(CoreV1Api);
    const provenOf = (stdout: string): Record<string, number> => {
        const results = proof.parse(JSON.parse(stdout)).checks.map(({ result }) => result);
        return Object.fromEntries([...new Set(results)].map((one) => [one, results.filter((r) => r === one).length]));
    };

    before(async () => {
        toolchain = await ensureToolchain(() => undefined);
    });
    after(async () => {
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    describe("by configuration alone", () => {
        const { hub } = z.looseObject({ hub: z.string() }).parse(configuration(EXAMPLE)["istio"]);

        before(async () => {
            await mesh("clusters", "start", ...CLUSTERS);
            for (const cluster of CLUSTERS) await mirror(clusterPaths(homePaths(checkout.home), cluster).id, hub);
            checkout.write("Pulumi.adjusted.yaml", readFileSync(EXAMPLE, "utf8"));
            await mesh("up", "adjusted");
        });
        // And with it the clusters, which are its own.
        after(() => mesh("destroy", "adjusted"));

        /** Makes the images of the toolchain known under another registry, as a pull from it would. */
        async function mirror(cluster: string, registry: string): Promise<void> {
            const init = findInit(cluster) ?? expect.fail(`${cluster} does not run`);
            for (const { reference } of Object.values(toolchain.images)) {
                const name = path.basename(reference);
                await ctr(init, ["images", "tag", "--force", reference, `docker.io/${registry}/${name}`]);
                await ctr(init, ["images", "tag", "--force", reference, `${registry}/${name}`]);
            }
        }

        it("have what the stack's file says, in all clusters and in one", async () => {
            const seen = await Promise.all(CLUSTERS.map(adjustments));
            const common = {
                images: [`${hub}/install-cni`, `${hub}/pilot`, `${hub}/proxyv2`],
                eastWest: "other-networks",
                initContainers: ["istio-validation", "istio-proxy"],
            };
            expect(seen).to.deep.equal([
                { ...common, istiods: 2, accessLog: "/dev/stdout", traceSampling: "1", ingress: "everywhere" },
                { ...common, istiods: 1, accessLog: "/dev/stderr", traceSampling: "5", ingress: undefined },
            ]);
        });

        it("change nothing when they are brought up again", async () => {
            expect((await mesh("up", "adjusted")).all).to.match(/^\d+ unchanged in /m);
        });

        it("are one mesh by every check, the probe's included", async () => {
            const { stdout } = await mesh("verify", "adjusted", "--probe", "--output", "json");
            expect(provenOf(stdout)).to.deep.equal({ pass: 40 });
        });

        it("are a mesh again as soon as their clusters are started", async () => {
            await mesh("clusters", "stop");
            await mesh("clusters", "start");
            const { stdout } = await mesh("verify", "adjusted", "--probe", "--output", "json");
            expect(provenOf(stdout)).to.deep.equal({ pass: 40 });
        });

        async function adjustments(cluster: Cluster) {
            const api = core(cluster);
            const pods = (await api.listPodForAllNamespaces()).items;
            const services = (await api.listNamespacedService({ namespace: "istio-system" })).items;
            const annotation = (name: string): string | undefined =>
                services.find(({ metadata }) => metadata?.name === name)?.metadata?.annotations?.[
                    "example.org/reached-from"
                ];
            const meshConfig = await api.readNamespacedConfigMap({ name: "istio", namespace: "istio-system" });
            const deployments = client(cluster).makeApiClient(AppsV1Api);
            const istiod = await deployments.readNamespacedDeployment({ name: "istiod", namespace: "istio-system" });
            const env = istiod.spec?.template.spec?.containers[0]?.env ?? [];
            const images = pods
                .filter(({ metadata }) => metadata?.namespace === "istio-system")
                .flatMap(({ spec }) => spec?.containers.map(({ image = "" }) => image.replace(/:[^:]*$/, "")) ?? []);
            const app = pods.find(({ metadata }) => metadata?.namespace === "istioinaction");
            return {
                images: [...new Set(images)].filter((image) => image.startsWith(hub)).sort(),
                istiods: istiod.status?.readyReplicas,
                accessLog: /^accessLogFile: (.*)$/m.exec(meshConfig.data?.["mesh"] ?? "")?.[1],
                traceSampling: env.find(({ name }) => name === "PILOT_TRACE_SAMPLING")?.value,
                eastWest: annotation("istio-eastwestgateway"),
                ingress: annotation("istio-ingressgateway"),
                initContainers: app?.spec?.initContainers?.map(({ name }) => name),
            };
        }
    });

    describe("by component Mesh, in a program of one's own", () => {
        let program: OwnProgram;
        let command: PublishedCommand;

        before(async () => {
            command = await PublishedCommand.pack();
            program = await OwnProgram.write(checkout, CLUSTERS, PROGRAM);
            expect((await program.up()).errors).to.deep.equal([]);
        });
        after(async () => {
            command.remove();
            expect((await program.destroy()).errors).to.deep.equal([]);
        });

        it("are one mesh by every check that needs no app, as the published command proves", async () => {
            const environment = { KUBECONFIG: program.contexts() };
            const { stdout } = await command.mesh(["verify", "--probe", "--output", "json"], environment);
            const { checks } = proof.parse(JSON.parse(stdout));
            expect(checks.filter(({ result }) => !["pass", "skipped"].includes(result))).to.deep.equal([]);
            expect(checks.find(({ id }) => id === "reachability-matrix")?.result).to.equal("pass");
        });

        it("are drawn and reported by the command alone, in an empty folder", async () => {
            const contexts = program.contexts();
            const drawn = await command.mesh(["graph", "--kubeconfig", contexts]);
            expect(drawn.stdout).to.match(/^flowchart /);
            const reported = await command.mesh(["report", "--kubeconfig", contexts, "--file", "page.html"]);
            expect(reported).to.deep.equal({ exitCode: 0, stdout: "", stderr: "Wrote page.html.\n" });
            expect(readFileSync(path.join(command.folder, "page.html"), "utf8")).to.contain("common-root");
        });

        it("change nothing when they are brought up again", async () => {
            expect((await program.up()).counts).to.include({ create: 0, update: 0, replace: 0, delete: 0 });
        });
    });
});

/** The probe on real clusters: what it proves, that nothing is left of it, and that it fails for what is broken. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { z } from "zod";
import { ensureToolchain } from "../../embedded/toolchain";
import { verify, type Mesh } from "../../verify";
import { Checkout, type Ended } from "../support/checkout";
import { PROBE_CHECKS } from "../support/probeChecks";

const execute = promisify(execFile);

const reportSchema = z.object({
    checks: z.array(
        z.object({ id: z.string(), result: z.string(), seen: z.array(z.string()), cause: z.string().optional() }),
    ),
    matrix: z.array(
        z.object({ from: z.string(), to: z.string(), result: z.string(), answeredBy: z.string().optional() }),
    ),
});
const namespacesSchema = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

const PROBE_IDS = PROBE_CHECKS.map(({ id }) => id).sort();

describe("the probe on local clusters", function () {
    this.timeout(600_000);

    const checkout = new Checkout();
    let kubectlProgram = "";

    const kubeconfig = (cluster: string): string => path.join(checkout.home, "kubeconfigs", `${cluster}.yaml`);
    const kubectl = async (cluster: string, ...args: string[]): Promise<string> =>
        (await execute(kubectlProgram, ["--kubeconfig", kubeconfig(cluster), ...args], { timeout: 60_000 })).stdout;

    async function apply(cluster: string, object: object): Promise<void> {
        const file = path.join(checkout.folder, `${cluster}-object.json`);
        writeFileSync(file, JSON.stringify(object));
        await kubectl(cluster, "apply", "-f", file);
    }

    /** Probes' namespaces in both clusters, as `cluster/name`. */
    async function namespaces(): Promise<string[]> {
        const found = await Promise.all(
            ["west", "east"].map(async (cluster) => {
                const list = await kubectl(
                    cluster,
                    "get",
                    "namespaces",
                    "-l",
                    "istio-multicluster/probe",
                    "-o",
                    "json",
                );
                return namespacesSchema
                    .parse(JSON.parse(list))
                    .items.map(({ metadata }) => `${cluster}/${metadata.name}`);
            }),
        );
        return found.flat();
    }

    const probe = (...only: string[]): Promise<Ended> =>
        checkout.mesh("verify", "--probe", "--output", "json", ...only.flatMap((each) => ["--only", each]));
    function report({ stdout, all }: Ended): z.infer<typeof reportSchema> {
        expect(stdout, all).to.match(/^\{/);
        return reportSchema.parse(JSON.parse(stdout));
    }
    /** Ids of the probe's checks with a result. */
    function withResult(ended: Ended, wanted: string): string[] {
        const found = report(ended).checks.filter(({ id, result }) => PROBE_IDS.includes(id) && result === wanted);
        return found.map(({ id }) => id).sort();
    }

    /** Starts a run and waits until it has made something in both clusters. */
    async function underWay() {
        const run = checkout.spawn("verify", "--probe");
        run.stdout?.resume();
        run.stderr?.resume();
        const end = Date.now() + 60_000;
        while ((await namespaces()).length < 2) {
            expect(Date.now(), "no namespace of a probe after a minute").to.be.below(end);
            await sleep(200);
        }
        return run;
    }

    before(async () => {
        kubectlProgram = (await ensureToolchain(() => undefined)).binaries.kubectl;
        const { exitCode, all } = await checkout.mesh("up");
        expect(exitCode, all.slice(-3000)).to.equal(0);
    });

    after(async () => {
        await checkout.mesh("destroy");
        await checkout.mesh("clusters", "delete");
        checkout.remove();
    });

    it("proves the data plane of a whole mesh, and leaves nothing", async () => {
        const ended = await probe();
        expect(withResult(ended, "pass"), ended.all).to.deep.equal(PROBE_IDS);
        expect(ended.exitCode).to.equal(0);
        const { matrix } = report(ended);
        expect(matrix.map(({ from, to, answeredBy }) => [from, to, answeredBy])).to.have.deep.members([
            ["west", "west", "west"],
            ["west", "east", "east"],
            ["east", "west", "west"],
            ["east", "east", "east"],
        ]);
        expect(await namespaces()).to.deep.equal([]);
    });

    it("leaves nothing after Ctrl-C", async () => {
        const run = await underWay();
        run.kill("SIGINT");
        await once(run, "close");
        expect(run.exitCode).to.equal(2);
        expect(await namespaces()).to.deep.equal([]);
    });

    it("removes what a killed run has left, and asks only what is asked for", async () => {
        const run = await underWay();
        run.kill("SIGKILL");
        await once(run, "close");
        expect(await namespaces()).to.have.lengthOf(2);
        const ended = await probe("without-sidecar-refused,root-key-absent");
        expect(ended.exitCode, ended.all).to.equal(0);
        expect(report(ended).checks.map(({ id, result }) => `${id} ${result}`)).to.deep.equal([
            "root-key-absent pass",
            ...["probe-workloads", "without-sidecar-refused", "probe-removed"].map((id) => `${id} pass`),
        ]);
        expect(await namespaces()).to.deep.equal([]);
    });

    it("is not needed to look: without it, rights to read and to forward ports are enough", async () => {
        const clusters = await Promise.all(
            ["west", "east"].map(async (name) => ({ name, kubeconfig: await readerOf(name) })),
        );
        const mesh: Mesh = {
            clusters: clusters.map((cluster) => ({
                ...cluster,
                clusterName: `${cluster.name}-cluster`,
                network: `${cluster.name}-network`,
            })),
        };
        const { checks } = await verify(mesh, { patience: 5 });
        const blind = checks.filter(({ result }) => result === "error");
        expect(blind.map(({ id, seen }) => `${id}: ${seen.join()}`)).to.deep.equal([]);
        // The same account may not probe.
        const probed = await verify(mesh, { patience: 0, probe: { image: "unused" } });
        const refused = probed.checks.find(({ id }) => id === "probe-workloads");
        expect(refused?.result).to.equal("error");
        expect(refused?.seen.join()).to.contain("status 403: namespaces is forbidden");
    });

    /** Kubeconfig of an account that can change nothing. */
    async function readerOf(cluster: string): Promise<string> {
        await apply(cluster, READER);
        const token = (await kubectl(cluster, "create", "token", "reader", "-n", "default")).trim();
        const admin = z
            .object({ clusters: z.tuple([z.object({ cluster: z.record(z.string(), z.string()) })]) })
            .parse(JSON.parse(await kubectl(cluster, "config", "view", "--raw", "-o", "json")));
        return JSON.stringify({
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "it", cluster: admin.clusters[0].cluster }],
            users: [{ name: "reader", user: { token } }],
            contexts: [{ name: "it", context: { cluster: "it", user: "reader" } }],
            "current-context": "it",
        });
    }
});

/** An account that may read everything and forward ports, and nothing else. */
const READER = {
    apiVersion: "v1",
    kind: "List",
    items: [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace: "default" } },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: "mesh-reader" },
            rules: [
                { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] },
                { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create"] },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "mesh-reader" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "mesh-reader" },
            subjects: [{ kind: "ServiceAccount", name: "reader", namespace: "default" }],
        },
    ],
};

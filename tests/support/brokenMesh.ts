/** A real mesh on local clusters that tests break and mend. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { openSession } from "../../cli/session";
import { meshOf } from "../../cli/target";
import { type LocalClusters, localClusters } from "../../embedded/localClusters";
import { findInit, inNode } from "../../embedded/localClusters/node/node";
import { homePaths } from "../../embedded/localClusters/home/paths";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";
import type { Check } from "../../verify/check";
import type { Mesh } from "../../verify";
import { type CheckReport, runChecks } from "../../verify/runner";
import { Checkout } from "./checkout";

const execute = promisify(execFile);
const silent = (): void => undefined;

/** A check that has to change its result may look again for this long. Seconds. */
const PATIENCE = 60;

export class BrokenMesh {
    readonly #checkout = new Checkout();
    readonly #clusters: LocalClusters = localClusters(this.#checkout.home, () => ensureToolchain(silent));
    #toolchain: Toolchain | undefined;
    #mesh: Mesh | undefined;
    readonly #repairs: (() => unknown)[] = [];

    /** Brings stack `mesh` up. */
    public async start(): Promise<void> {
        this.#toolchain = await ensureToolchain(silent);
        const { exitCode, all } = await this.#checkout.mesh("up");
        if (exitCode !== 0) throw new Error(all.slice(-3000));
        const session = openSession(
            { result: silent, progress: silent, columns: 80 },
            { ISTIO_MULTICLUSTER_HOME: this.#checkout.home },
        );
        this.#mesh = await meshOf(session, { stacks: ["mesh"], host: "embedded" });
    }

    public async remove(): Promise<void> {
        await this.#checkout.mesh("destroy");
        // Those that a fault without repair keeps `destroy` from removing.
        await this.#checkout.mesh("clusters", "delete");
        this.#checkout.remove();
    }

    /** Notes how to mend what is about to break, or has just been broken. */
    public later(repair: () => unknown): void {
        this.#repairs.push(repair);
    }

    /** Runs all repairs, the last first, whether or not one of them fails. @throws The first failure. */
    public async mend(): Promise<void> {
        const failures: unknown[] = [];
        for (let repair = this.#repairs.pop(); repair !== undefined; repair = this.#repairs.pop()) {
            try {
                await repair();
            } catch (error) {
                failures.push(error);
            }
        }
        if (failures.length > 0) throw failures[0];
    }

    /** Standard output of `kubectl <args>` in a cluster. @param input Its standard input, e.g. a manifest. */
    public async kubectl(cluster: string, args: readonly string[], input = ""): Promise<string> {
        const kubeconfig = `${this.#checkout.home}/kubeconfigs/${cluster}.yaml`;
        const command = ["--kubeconfig", kubeconfig, ...args];
        const running = execute(this.#tools.binaries.kubectl, command, { timeout: 180_000, maxBuffer: 2 ** 24 });
        running.child.stdin?.end(input);
        return (await running).stdout;
    }

    /** Data of Secret cacerts of a cluster, base64. */
    public async cacerts(cluster: string): Promise<Readonly<Record<string, string>>> {
        const secret = ["get", "--namespace", "istio-system", "secret", "cacerts", "-o", "json"];
        const { data } = JSON.parse(await this.kubectl(cluster, secret)) as { data: Record<string, string> };
        return data;
    }

    /** Runs `helm <args>` for a cluster. @returns Its standard output. */
    public async helm(cluster: string, args: readonly string[]): Promise<string> {
        const kubeconfig = `${this.#checkout.home}/kubeconfigs/${cluster}.yaml`;
        const command = [...args, "--kubeconfig", kubeconfig];
        return (await execute(this.#tools.binaries.helm, command, { timeout: 180_000, maxBuffer: 2 ** 24 })).stdout;
    }

    /** Installs one more control plane with the values of the one that is there, and some others. */
    public async installIstiod(
        cluster: string,
        release: string,
        values: Readonly<Record<string, string>>,
    ): Promise<void> {
        const system = ["--namespace", "istio-system"];
        const own = await this.helm(cluster, ["get", "values", ...system, "istiod", "--output", "json"]);
        const file = `${this.#checkout.folder}/${release}.json`;
        writeFileSync(file, JSON.stringify({ ...(JSON.parse(own) as object), ...values }));
        await this.helm(cluster, ["install", ...system, release, `${this.#tools.charts}/istiod`, "-f", file, "--wait"]);
    }

    /** Runs a program as root in the network namespace of a cluster's node. */
    public async inNode(cluster: string, ...command: string[]): Promise<void> {
        const init = findInit(`${homePaths(this.#checkout.home).instance}/${cluster}`);
        if (init === undefined) throw new Error(`cluster ${cluster} does not run`);
        await execute(...inNode(init, ...command));
    }

    public async stopCluster(cluster: string): Promise<void> {
        await this.#clusters.stop(cluster, silent);
    }

    public async startCluster(cluster: string): Promise<void> {
        await this.#clusters.up({ name: cluster }, silent);
    }

    /**
     * Results of checks as soon as all of them are `wanted`, or their last ones.
     * @param mesh Default as it was brought up.
     */
    public async results(
        checks: readonly Check[],
        wanted: "pass" | "warning" | "fail",
        mesh: () => Mesh | Promise<Mesh> = () => this.mesh,
    ): Promise<CheckReport[]> {
        const end = Date.now() + PATIENCE * 1000;
        for (;;) {
            const report = await runChecks(await mesh(), checks, { patience: 0 });
            if (report.checks.every(({ result }) => result === wanted) || Date.now() > end) {
                return [...report.checks];
            }
            await sleep(1000);
        }
    }

    /** As it was brought up. */
    public get mesh(): Mesh {
        if (this.#mesh === undefined) throw new Error("the mesh is not up");
        return this.#mesh;
    }

    get #tools(): Toolchain {
        if (this.#toolchain === undefined) throw new Error("the mesh is not up");
        return this.#toolchain;
    }
}

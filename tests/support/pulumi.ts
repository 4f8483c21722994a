/** A checkout on the Pulumi CLI with a file backend, over local clusters that its stacks take as existing ones. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { stringify } from "yaml";
import { z } from "zod";
import { localClusters } from "../../embedded/localClusters";
import { pulumiEnvironment } from "../../embedded/pulumi/home";
import { ensureToolchain } from "../../embedded/toolchain";
import { findProgram } from "../../embedded/toolchain/machine/tools";
import { ensurePulumi } from "../../embedded/toolchain/pulumi";
import { ProblemsError } from "../../shared/problems";
import type { HostName } from "../../hosts/interface/host";
import { Checkout } from "./checkout";
import { LOCAL_SAMPLE_APPS } from "./sampleApps";
import { freshConnections } from "./sampleTraffic";
import { refuseSecretLogs, refuseSecrets, refuseSecretsBelow } from "./secrets";

const execute = promisify(execFile);
const silent = (): void => undefined;

/** Milliseconds; from nothing, on two cores that others use as well. */
const BUILD = 40 * 60_000;
/** What Go says of a module that its proxy does not have or does not give. */
const NOT_SERVED = /\b(403 Forbidden|404 Not Found|410 Gone)\b|module lookup disabled/;

function endIfThere(pid: number): void {
    try {
        process.kill(pid);
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
}

const change = z.object({ path: z.string() });
const changes = z.array(z.object({ type: z.string(), name: z.string(), kind: z.string(), changes: z.array(change) }));
const preview = z.object({ stacks: z.array(z.object({ runs: z.array(z.object({ changes })) })) });

export class PulumiCheckout {
    readonly #folder = mkdtempSync(path.join(os.tmpdir(), "mesh-pulumi-"));
    /** Those that the kind plugin makes, too. */
    readonly #clusters = localClusters(this.#folder, () => ensureToolchain(silent));
    readonly #environment: Record<string, string> = {
        // Without metadata, as a killed CLI can leave the file of it empty, and then cannot read its state.
        PULUMI_BACKEND_URL: `file://${this.#folder}?metadata=skip`,
        PULUMI_HOME: path.join(this.#folder, "home"),
        PULUMI_CONFIG_PASSPHRASE: "the same on both hosts",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // The Kubernetes plugin leaves kubeconfigs there.
        TMPDIR: this.#folder,
    };
    public readonly checkout = new Checkout(this.#environment);

    /**
     * Finds Pulumi: the one on PATH, which downloads its plugins, or else the toolchain's, which has them. Where Go's
     * module proxy refuses a module that this is built from, the suite does not run, and says so.
     */
    public async open(suite: Mocha.Context): Promise<void> {
        symlinkSync((await ensureToolchain(silent)).charts, path.join(this.checkout.folder, "charts"));
        if (findProgram("pulumi") !== undefined) return;
        suite.timeout(BUILD);
        try {
            const programs = await ensurePulumi(silent);
            Object.assign(this.#environment, await pulumiEnvironment(this.#folder, programs));
        } catch (error) {
            if (!(error instanceof ProblemsError && NOT_SERVED.test(error.message))) throw error;
            console.error(`Pulumi could not be had: ${error.message}`);
            suite.skip();
        }
    }

    /** Makes clusters. @returns How a stack's file names each of them, by its name. */
    public async makeClusters(...names: string[]): Promise<Record<string, object>> {
        const made = await Promise.all(names.map((name) => this.#clusters.up({ name }, silent)));
        return Object.fromEntries(
            made.map(({ name, kubeconfigPath, apiServer }) => [
                name,
                { source: "existing", kubeconfigFile: kubeconfigPath, apiServer },
            ]),
        );
    }

    /** Writes Pulumi.<stack>.yaml. */
    public configure(stack: string, settings: Readonly<Record<string, unknown>>): void {
        const entries = Object.entries({ istio: { charts: "charts" }, sampleApps: LOCAL_SAMPLE_APPS, ...settings });
        const config = Object.fromEntries(entries.map(([key, value]) => [`istio-multicluster:${key}`, value]));
        writeFileSync(path.join(this.checkout.folder, `Pulumi.${stack}.yaml`), stringify({ config }));
    }

    /** @returns What `pulumi <args>` prints. @throws Error with its output when it fails. */
    public async pulumi(...args: string[]): Promise<string> {
        const { folder: cwd } = this.checkout;
        const env = { ...process.env, ...this.#environment };
        const options = { cwd, env, maxBuffer: 2 ** 26, timeout: 300_000 };
        const command = `pulumi ${args.join(" ")}`;
        const { stdout, stderr } = await execute("pulumi", ["--non-interactive", ...args], options).catch(
            (error: unknown) => {
                const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
                throw new Error(`${command}:\n${stdout.slice(-3000)}${stderr.slice(-2000)}`, { cause: error });
            },
        );
        refuseSecrets(command, stdout + stderr, this.#folder);
        return stdout;
    }

    /** @returns What `mesh <args>`, which must succeed, prints. */
    public async mesh(...args: string[]): Promise<string> {
        const ended = await this.checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-20_000)).to.equal(0);
        return ended.stdout === "" ? ended.all : ended.stdout;
    }

    /** The stack's state, with secrets in clear. */
    public async state(stack: string, host: HostName): Promise<string> {
        const file = path.join(this.#folder, `${stack}.${host}.json`);
        await this.mesh("state", "export", stack, "--host", host, "--show-secrets", "--file", file);
        const text = readFileSync(file, "utf8");
        rmSync(file);
        return text;
    }

    /** Makes a text the state of a stack on a host, whatever it had there. */
    public async take(stack: string, host: HostName, text: string): Promise<void> {
        const file = path.join(this.#folder, `${stack}.json`);
        writeFileSync(file, text);
        if (host === "pulumi") await this.pulumi("stack", "import", "--stack", stack, "--file", file);
        else {
            this.forget();
            await this.mesh("state", "import", stack, "--file", file);
        }
    }

    /** Takes the embedded host's state away; what it describes stays. */
    public forget(): void {
        rmSync(path.join(this.checkout.home, "stacks"), { recursive: true, force: true });
    }

    /** What a preview would change, by resource, with the properties; components, which only hold others, left out. */
    public async planned(stack: string, host: HostName): Promise<Record<string, readonly string[]>> {
        const { stacks } = preview.parse(
            JSON.parse(await this.mesh("preview", stack, "--output", "json", "--host", host)),
        );
        const changes = stacks.flatMap(({ runs }) => runs).flatMap((each) => each.changes);
        const own = changes.filter(({ type }) => !type.startsWith("istio-"));
        return Object.fromEntries(own.map((each) => [each.name, [each.kind, ...each.changes.map(({ path }) => path)]]));
    }

    /**
     * Starts an `up` and kills the CLI as soon as its output has a text. Its plugins finish what they are at, as nobody
     * tells them; ten seconds later they are ended.
     */
    public async killedUp(text: string): Promise<void> {
        const env = { ...process.env, ...this.#environment };
        const args = ["--non-interactive", "up", "--yes", "--skip-preview"];
        const cli = spawn("pulumi", args, { cwd: this.checkout.folder, env, stdio: ["ignore", "pipe", "ignore"] });
        for await (const line of createInterface(cli.stdout)) if (line.includes(text)) break;
        const { stdout } = await execute("ps", ["-o", "pid=", "--ppid", String(cli.pid)]);
        cli.kill("SIGKILL");
        await setTimeout(10_000);
        for (const plugin of stdout.trim().split(/\s+/)) endIfThere(Number(plugin));
        await this.pulumi("cancel", "--yes");
    }

    /** Has proxies of a cluster open new connections to the sample apps all the time. */
    public async freshConnections(cluster: string): Promise<void> {
        await freshConnections(this.#folder, cluster);
    }

    /** Ends the processes of a cluster, or starts them again. */
    public async turn(cluster: string, onOrOff: "on" | "off"): Promise<void> {
        await (onOrOff === "on" ? this.#clusters.up({ name: cluster }, silent) : this.#clusters.stop(cluster, silent));
    }

    /** Takes a cluster away for good. */
    public async lose(cluster: string): Promise<void> {
        await this.#clusters.delete(cluster, silent);
    }

    /** @throws AssertionError where a secret lies in the backend, in any version of a state, or in a log. */
    public async remove(): Promise<void> {
        try {
            refuseSecretsBelow(path.join(this.#folder, ".pulumi"), this.#folder);
            refuseSecretLogs(this.#folder);
        } finally {
            await Promise.all((await this.#clusters.list()).map(({ name }) => this.#clusters.delete(name, silent)));
            this.checkout.remove();
            rmSync(this.#folder, { recursive: true, force: true });
        }
    }
}

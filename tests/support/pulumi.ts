/** A checkout on the Pulumi CLI with a file backend, over local clusters that its stacks take as existing ones. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { stringify } from "yaml";
import { localClusters } from "../../embedded/localClusters";
import { ensureToolchain } from "../../embedded/toolchain";
import { Checkout } from "./checkout";
import { LOCAL_SAMPLE_APPS } from "./sampleApps";

const execute = promisify(execFile);
const silent = (): void => undefined;

export class PulumiCheckout {
    readonly #state = mkdtempSync(path.join(os.tmpdir(), "mesh-pulumi-"));
    readonly #environment = {
        PULUMI_BACKEND_URL: `file://${this.#state}`,
        PULUMI_HOME: path.join(this.#state, "home"),
        PULUMI_CONFIG_PASSPHRASE: "the same on both hosts",
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    readonly #clusters = localClusters(path.join(this.#state, "clusters"), () => ensureToolchain(silent));
    public readonly checkout = new Checkout(this.#environment);

    /** Makes clusters. @returns How a stack's file names each of them, by its name. */
    public async makeClusters(...names: string[]): Promise<Record<string, object>> {
        const { charts } = await ensureToolchain(silent);
        symlinkSync(charts, path.join(this.checkout.folder, "charts"));
        mkdirSync(path.join(this.#state, "home"));
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
        try {
            return (await execute("pulumi", ["--non-interactive", ...args], options)).stdout;
        } catch (error) {
            const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
            throw new Error(`pulumi ${args.join(" ")}:\n${stdout.slice(-3000)}${stderr.slice(-2000)}`, {
                cause: error,
            });
        }
    }

    /** @returns What `mesh <args>`, which must succeed, prints. */
    public async mesh(...args: string[]): Promise<string> {
        const ended = await this.checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-20_000)).to.equal(0);
        return ended.stdout === "" ? ended.all : ended.stdout;
    }

    public async remove(): Promise<void> {
        await Promise.all((await this.#clusters.list()).map(({ name }) => this.#clusters.delete(name, silent)));
        this.checkout.remove();
        rmSync(this.#state, { recursive: true, force: true });
    }
}

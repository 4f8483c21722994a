/** Two fresh local clusters, and the commands that the contenders run over them. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type LocalCluster, type LocalClusters, localClusters } from "../embedded/localClusters";
import { ensureToolchain, type Toolchain } from "../embedded/toolchain";

export const root = path.dirname(__dirname);

export interface Environment {
    readonly toolchain: Toolchain;
    /** Folder of this run's local state, gone at its end. */
    readonly home: string;
    readonly west: LocalCluster;
    readonly east: LocalCluster;
    /** What it took until both clusters were ready. */
    readonly startSeconds: number;
}

/** Makes two clusters, runs `work` over them, and removes them again. */
export async function onFreshClusters<T>(work: (environment: Environment) => Promise<T>): Promise<T> {
    const toolchain = await ensureToolchain(console.error);
    const home = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-bench-"));
    const clusters: LocalClusters = localClusters(home, () => Promise.resolve(toolchain));
    const up = (name: string): Promise<LocalCluster> => clusters.up({ name }, () => undefined);
    try {
        const start = performance.now();
        const [west, east] = await Promise.all([up("west"), up("east")]);
        const startSeconds = (performance.now() - start) / 1000;
        return await work({ toolchain, home, west, east, startSeconds });
    } finally {
        await Promise.all(["west", "east"].map((name) => clusters.delete(name, () => undefined)));
        rmSync(home, { recursive: true, force: true });
    }
}

/**
 * Runs a command to its end.
 * @returns its standard output.
 * @throws with the end of its output where it fails or takes longer than ten minutes.
 */
export function run(file: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const options = { cwd: root, env: { ...process.env, ...environment }, timeout: 600_000, maxBuffer: 2 ** 26 };
    return new Promise((resolve, reject) => {
        execFile(file, args, options, (error, stdout, stderr) => {
            if (error === null) resolve(stdout);
            else reject(new Error(`${file} ${args.join(" ")} failed:\n${`${stdout}${stderr}`.slice(-2000)}`));
        });
    });
}

/** `mesh <command>` of this checkout, with its local state in the environment's home. */
export function meshCommand({ home }: Environment, ...args: string[]): Promise<string> {
    return run("node", ["--import", "tsx", "cli/mesh.ts", ...args], { ISTIO_MULTICLUSTER_HOME: home });
}

/** Two fresh local clusters, and the commands that the contenders run over them. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type LocalCluster, type LocalClusters, localClusters } from "../embedded/localClusters";
import { ensureToolchain, type Toolchain } from "../embedded/toolchain";
import { run as runProgram } from "../shared/run";

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

/** Runs a command of this checkout to its end and gives its standard output; ten minutes at most. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    return runProgram(file, args, { cwd: root, env, limitSeconds: 600 });
}

/** `mesh <command>` of this checkout, with its local state in the environment's home. */
export function meshCommand({ home }: Environment, ...args: string[]): Promise<string> {
    return run("node", ["--import", "tsx", "cli/mesh.ts", ...args], { ISTIO_MULTICLUSTER_HOME: home });
}

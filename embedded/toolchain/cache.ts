/** The user-level folder where every artifact of the toolchain is built once, for all checkouts of this machine. */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, utimesSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import lockfile from "proper-lockfile";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Progress } from "../../shared/progress";
import type { Artifact } from "./artifact";
import { duration, secondsSince, withHeartbeat } from "../../shared/patience";

/** A run that died is noticed this long after its last sign of life. */
const LOCK_STALE_MS = 30_000;
const LOCK_WAIT_SECONDS = 45 * 60;
const KEEP_UNUSED_MS = 14 * 24 * 3600 * 1000;
/** A folder of this prefix is unfinished. */
const UNFINISHED = "unfinished-";

/** `ISTIO_MULTICLUSTER_CACHE`, else `istio-multicluster` in the user's cache folder (XDG Base Directory). */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
    const own = environment["ISTIO_MULTICLUSTER_CACHE"];
    if (own !== undefined && own !== "") {
        return path.resolve(own);
    }
    const shared = environment["XDG_CACHE_HOME"];
    return path.join(
        shared !== undefined && path.isAbsolute(shared) ? shared : path.join(os.homedir(), ".cache"),
        "istio-multicluster",
    );
}

export class Cache {
    private readonly lockPath: string;

    public constructor(public readonly folder: string) {
        this.lockPath = path.join(folder, "lock");
    }

    /** Whether it can be built in; makes the folder. */
    public problems(): readonly Problem[] {
        try {
            makeFolder(this.folder);
            // The folder may be there and still refuse content: another user's, a read-only mount, a full disk.
            rmdirSync(mkdtempSync(path.join(this.folder, UNFINISHED)));
            return [];
        } catch (error) {
            return [
                {
                    subject: "cache folder",
                    value: this.folder,
                    rule: `must be writable, to build the toolchain there (${error instanceof Error ? error.message : String(error)})`,
                    fix: "Set ISTIO_MULTICLUSTER_CACHE to a folder of yours on a disk with room",
                },
            ];
        }
    }

    /** Where an artifact is, once it is built. */
    public pathOf(artifact: Pick<Artifact, "name" | "key">): string {
        return path.join(this.folder, `${artifact.name}-${artifact.key}`);
    }

    public missing(artifacts: readonly Artifact[]): readonly Artifact[] {
        return artifacts.filter((artifact) => !existsSync(this.pathOf(artifact)));
    }

    /**
     * Builds what is missing, in the order of the list. Of several runs at once one builds and the others wait; what
     * an interrupted run finished is kept.
     */
    public async ensure(artifacts: readonly Artifact[], progress: Progress): Promise<void> {
        if (this.missing(artifacts).length > 0) {
            const problems = this.problems();
            if (problems.length > 0) {
                throw new ProblemsError(problems);
            }
            await this.locked(progress, async (lost) => {
                await this.discardUnfinished();
                await this.buildMissing(artifacts, progress, lost);
                await this.discardUnused(artifacts);
            });
        }
        for (const artifact of artifacts) {
            markUsed(this.pathOf(artifact));
        }
    }

    private async buildMissing(artifacts: readonly Artifact[], progress: Progress, lost: AbortSignal): Promise<void> {
        const missing = this.missing(artifacts);
        const whole = usualSeconds(missing);
        for (const [index, artifact] of missing.entries()) {
            lost.throwIfAborted();
            const share = Math.round((100 * usualSeconds(missing.slice(0, index))) / whole);
            const label = `[${index + 1}/${missing.length}, ${share} %] ${artifact.name}`;
            const usual = `usually ${duration(artifact.usualSeconds)}`;
            const start = Date.now();
            progress(`${label}: building, ${usual}`);
            await withHeartbeat(progress, `${label}: still building (${usual})`, () => this.build(artifact));
            progress(`${label}: built in ${duration(secondsSince(start))}`);
        }
    }

    private async build(artifact: Artifact): Promise<void> {
        const unfinished = await mkdtemp(path.join(this.folder, UNFINISHED));
        try {
            await artifact.build(unfinished);
            await rename(unfinished, this.pathOf(artifact));
        } catch (error) {
            await rm(unfinished, { recursive: true, force: true });
            throw error;
        }
    }

    private async locked(progress: Progress, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
        const lost = new AbortController();
        const release = await withHeartbeat(progress, "waiting for another run that builds the toolchain", () =>
            lockfile.lock(this.folder, {
                lockfilePath: this.lockPath,
                stale: LOCK_STALE_MS,
                update: LOCK_STALE_MS / 3,
                retries: { retries: LOCK_WAIT_SECONDS, factor: 1, minTimeout: 1000, maxTimeout: 1000 },
                onCompromised: (error) => {
                    lost.abort(
                        new Error(`the lock ${this.lockPath} was lost: run again to continue`, { cause: error }),
                    );
                },
            }),
        ).catch((error: unknown) => {
            throw lockProblem(this.lockPath, error);
        });
        try {
            await work(lost.signal);
        } finally {
            if (!lost.signal.aborted) {
                await release();
            }
        }
    }

    /** Only the holder of the lock builds, so every unfinished folder is of a run that died. */
    private async discardUnfinished(): Promise<void> {
        for (const name of await readdir(this.folder)) {
            if (name.startsWith(UNFINISHED)) {
                await rm(path.join(this.folder, name), { recursive: true, force: true });
            }
        }
    }

    /** Earlier states of the artifacts, which no checkout has asked for in two weeks. */
    private async discardUnused(artifacts: readonly Artifact[]): Promise<void> {
        for (const name of await readdir(this.folder)) {
            const folder = path.join(this.folder, name);
            const ours = artifacts.some((artifact) => new RegExp(`^${artifact.name}-[0-9a-f]{16}$`).test(name));
            if (ours && Date.now() - (await stat(folder)).mtimeMs > KEEP_UNUSED_MS) {
                await rm(folder, { recursive: true, force: true });
            }
        }
    }
}

/** How long builds from nothing take together, in seconds. */
export function usualSeconds(artifacts: readonly Artifact[]): number {
    return artifacts.reduce((sum, artifact) => sum + artifact.usualSeconds, 0);
}

/** Level by level: mkdirSync's own recursion never ends where a file system answers ENOENT, as /proc does. */
function makeFolder(folder: string): void {
    if (existsSync(folder)) {
        return;
    }
    makeFolder(path.dirname(folder));
    try {
        mkdirSync(folder);
    } catch (error) {
        // Another run may have been faster.
        if (!existsSync(folder)) {
            throw error;
        }
    }
}

function lockProblem(lockPath: string, error: unknown): unknown {
    if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) {
        return error;
    }
    return new ProblemsError([
        {
            subject: "toolchain",
            rule: `another run has been building it for ${duration(LOCK_WAIT_SECONDS)} and still holds ${lockPath}`,
            fix: "Wait for it or end it, then run again",
        },
    ]);
}

/** The time that {@link Cache} judges by; a cache that others own may refuse it, and then others prune it, too. */
function markUsed(folder: string): void {
    try {
        utimesSync(folder, new Date(), new Date());
    } catch {
        return;
    }
}

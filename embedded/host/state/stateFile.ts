/** A stack's checkpoint on disk: written atomically, its previous version kept, one writer at a time. */
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { ProblemsError } from "../../../shared/problems";
import type { Progress } from "../../../shared/progress";
import { parseCheckpoint, type StoredCheckpoint } from "./checkpoint";

/** A lock that was not renewed for this long belongs to nobody: a busy machine may be late. Milliseconds. */
const STALE_AFTER = 10_000;

/** The same where the process that held it is known to be gone. */
const DEAD_AFTER = 2_000;

interface Holder {
    readonly pid: number;
    readonly host: string;
    readonly command: string;
    readonly since: string;
}

export function stateFilePath(home: string, stack: string): string {
    return join(home, "stacks", `${stack}.json`);
}

/**
 * Reads a checkpoint.
 * @returns undefined for a stack that was never updated.
 * @throws ProblemsError for a damaged file; it names the previous version.
 */
export async function readState(file: string): Promise<StoredCheckpoint | undefined> {
    const text = await readIfThere(file);
    if (text === undefined) return undefined;
    try {
        return parseCheckpoint(text);
    } catch (error) {
        const previous = previousOf(file);
        const kept = (await readIfThere(previous)) !== undefined;
        const reason = error instanceof Error ? error.message : String(error);
        throw new ProblemsError([
            {
                subject: file,
                rule: `the stack's state is damaged (${reason})`,
                fix: kept
                    ? `The version before it is kept in ${previous}: compare both, then run \`cp ${previous} ${file}\`.`
                    : "There is no previous version: restore the file from a backup, or remove it to start from nothing.",
            },
        ]);
    }
}

/** Replaces the checkpoint; what was there becomes the previous version. */
export async function writeState(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const previous = previousOf(file);
    await rm(previous, { force: true });
    await link(file, previous).catch(ignoreMissing);
    await writeFileAtomic(file, text, { mode: 0o600 });
}

function previousOf(file: string): string {
    return `${file}.previous`;
}

/**
 * Keeps other runs off a stack until the returned function is called.
 * @param command What this run does, for the message that others get.
 * @param lost Called when the lock was lost, e.g. because the machine slept.
 * @throws ProblemsError saying who holds it.
 */
export async function lockState(
    file: string,
    command: string,
    progress: Progress,
    lost: () => void,
): Promise<() => Promise<void>> {
    await mkdir(dirname(file), { recursive: true });
    const holderFile = `${file}.holder`;
    const options = { realpath: false, stale: STALE_AFTER, onCompromised: lost };
    const limit = Date.now() + 3 * STALE_AFTER;
    for (let told = false; ; told = true) {
        try {
            const release = await lock(file, options);
            const holder: Holder = { pid: process.pid, host: hostname(), command, since: new Date().toISOString() };
            await writeFile(holderFile, JSON.stringify(holder), { mode: 0o600 });
            return async () => {
                await rm(holderFile, { force: true });
                await release();
            };
        } catch (error) {
            if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) throw error;
            const holder = await readHolder(holderFile);
            if (holder === undefined || isAlive(holder) || Date.now() > limit) throw heldBy(holder, file);
            if (!told) progress(`An earlier run (process ${holder.pid}) died; waiting for its lock to expire.`);
            await sleep(DEAD_AFTER / 10);
            // Of several runs that wait, one gets it; the others find the lock fresh again.
            await lock(file, { ...options, stale: DEAD_AFTER }).then(
                (release) => release(),
                () => undefined,
            );
        }
    }
}

function heldBy(holder: Holder | undefined, file: string): ProblemsError {
    const who =
        holder === undefined
            ? "another run"
            : `\`${holder.command}\`, process ${holder.pid} on ${holder.host}, since ${holder.since}`;
    return new ProblemsError([
        { subject: file, rule: `the stack is being changed by ${who}`, fix: "Wait until it ends, or end it." },
    ]);
}

async function readHolder(file: string): Promise<Holder | undefined> {
    try {
        return JSON.parse((await readIfThere(file)) ?? "") as Holder;
    } catch {
        return undefined; // The holder is just about to write it.
    }
}

/** A process of another host cannot be asked: it counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
    if (host !== hostname()) return true;
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}

async function readIfThere(file: string): Promise<string | undefined> {
    return await readFile(file, "utf8").catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

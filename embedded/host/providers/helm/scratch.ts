/** Folders for one call of helm each, which needs the administrator's kubeconfig as a file. */
import { mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";

/**
 * Calls `work` with a folder that only this user reads, and removes it.
 *
 * @param root Below the home of the mesh. What a killed run has left there goes with the next call.
 */
export async function withScratch<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const left of (await readdir(root)).filter(isOfDeadProcess)) {
        await rm(path.join(root, left), { recursive: true, force: true });
    }
    const folder = await mkdtemp(path.join(root, `${process.pid}-`));
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
        await rmdir(root).catch(() => undefined); // others may be at work there
    }
}

function isOfDeadProcess(name: string): boolean {
    try {
        return !process.kill(Number(name.split("-", 1)), 0);
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "ESRCH";
    }
}

/** Folders for one call of helm each, which needs the administrator's kubeconfig as a file. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";

/**
 * Calls `work` with a folder that only this user reads, and removes it.
 *
 * @param root Below the home of the mesh. What a killed run has left there goes with the next call.
 */
export async function withScratch<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = path.join(root, `${process.pid}-${randomUUID()}`);
    // In one go: a call that ends meanwhile removes the root as long as it is empty.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
        for (const left of (await readdir(root)).filter(isOfDeadProcess)) {
            await rm(path.join(root, left), { recursive: true, force: true });
        }
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

/** The toolchain's charts, as stacks of local clusters name them. */
import { mkdir, readlink, rename, symlink } from "node:fs/promises";
import path from "node:path";

/** Link to the toolchain's charts: a path that stays the same when the toolchain changes, and in every checkout. */
export function chartsLink(home: string): string {
    return path.join(home, "charts");
}

/** Makes the link lead to a folder, also while runs of other stacks do the same. @returns Its path. */
export async function linkCharts(home: string, charts: string): Promise<string> {
    const link = chartsLink(home);
    if ((await readlink(link).catch(() => undefined)) !== charts) {
        await mkdir(home, { recursive: true });
        const made = `${link}.${crypto.randomUUID()}`;
        await symlink(charts, made);
        // Takes the place of a link that is there in one step.
        await rename(made, link);
    }
    return link;
}

/** The control group of a cluster's pods (cgroups(7)): the kernel keeps it when what made its children is killed. */
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Settings that version 1 wants filled before a cpuset takes a process. */
const CPUSET_FILES = ["cpuset.cpus", "cpuset.mems"];

/** Makes a group in every hierarchy. The kubelet wants the parent of its pods to be there. */
export async function makeCgroup(group: string): Promise<void> {
    for (const root of await cgroupRoots()) {
        let folder = root;
        for (const part of group.split("/")) {
            const parent = folder;
            folder = path.join(parent, part);
            await mkdir(folder, { recursive: true });
            await inheritCpuset(parent, folder);
        }
    }
}

/** Removes a group and its children in every hierarchy, then its parents as far as they are empty. */
export async function removeCgroup(group: string): Promise<void> {
    for (const root of await cgroupRoots()) {
        await removeChildrenFirst(path.join(root, group));
        for (let parent = path.dirname(group); parent !== "."; parent = path.dirname(parent)) {
            await rmdir(path.join(root, parent)).catch(() => undefined); // other clusters may live there
        }
    }
}

/** Mount points of the hierarchies in a table of mounts: several in version 1, one in version 2. */
export function parseCgroupRoots(mounts: string): string[] {
    return mounts
        .split("\n")
        .map((line) => line.split(" "))
        .flatMap(([, target, type]) =>
            target !== undefined && (type === "cgroup" || type === "cgroup2") ? [target] : [],
        );
}

async function cgroupRoots(): Promise<string[]> {
    return parseCgroupRoots(await readFile("/proc/self/mounts", "utf8"));
}

async function inheritCpuset(parent: string, child: string): Promise<void> {
    const files = (await readdir(child)).filter((file) => CPUSET_FILES.includes(file));
    for (const file of files) {
        if ((await readFile(path.join(child, file), "utf8")).trim() === "") {
            await writeFile(path.join(child, file), await readFile(path.join(parent, file), "utf8"));
        }
    }
}

async function removeChildrenFirst(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
        return; // this hierarchy never had it
    }
    for (const entry of entries.filter((child) => child.isDirectory())) {
        await removeChildrenFirst(path.join(folder, entry.name));
    }
    await rmdir(folder);
}

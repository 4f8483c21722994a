/** What a destroyed stack leaves in the home of the embedded host. */
import { readdir, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import type { HostPlace } from "../interface/host";
import { chartsLink } from "./charts";

/** The state itself, the version before it, its last holder, and what an interrupted write or rotation left. */
const STATE_SUFFIX = /^(\.previous|\.holder|\.rotation\.(holder|lock)|\.\d+)?$/;

/** Removes the state of an emptied stack and, with the last one, everything of the home that only stacks need. */
export async function forget({ home }: Pick<HostPlace, "home">, stack: string): Promise<void> {
    const stacks = path.join(home, "stacks");
    for (const file of await names(stacks)) {
        if (file.startsWith(`${stack}.json`) && STATE_SUFFIX.test(file.slice(`${stack}.json`.length))) {
            await rm(path.join(stacks, file), { recursive: true });
        }
    }
    if ((await names(stacks)).length > 0) {
        return;
    }
    await rm(path.join(home, "passphrase"), { force: true });
    await rm(chartsLink(home), { force: true });
    for (const folder of [stacks, path.join(home, "kubeconfigs"), home]) {
        await rmdir(folder).catch(() => undefined); // not there, or holds what this project did not put there
    }
}

async function names(folder: string): Promise<string[]> {
    return readdir(folder).catch(() => []);
}

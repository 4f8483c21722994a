/**
 * The one setting of the host that clusters change: how many inotify instances a user may have (inotify(7)). Each
 * cluster takes about twenty and a proxy two, and the usual limit is 128 for everything that root runs.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { RUN_PREFIX } from "../home/paths";

const SETTING = "/proc/sys/fs/inotify/max_user_instances";
const ENOUGH = 8192;
/** Records the former value; a reboot ends it and the change together. */
const FORMER = `${RUN_PREFIX}max_user_instances`;

/** Raises the limit, where it is lower. In `withRegistry`. */
export async function raiseHostLimits(): Promise<void> {
    const current = (await readFile(SETTING, "utf8")).trim();
    if (Number(current) < ENOUGH) {
        await writeFile(FORMER, current);
        await writeFile(SETTING, `${ENOUGH}`);
    }
}

/** Restores the limit, unless somebody else changed it meanwhile. In `withRegistry`. */
export async function restoreHostLimits(): Promise<void> {
    const former = await readFile(FORMER, "utf8").catch(() => undefined);
    const current = (await readFile(SETTING, "utf8")).trim();
    if (former !== undefined && current === `${ENOUGH}`) {
        await writeFile(SETTING, former);
    }
    await rm(FORMER, { force: true });
}

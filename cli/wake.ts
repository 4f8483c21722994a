import type { Session } from "./session";

/** Starts or repairs the clusters of this home that do not run, e.g. after a reboot, side by side. */
export async function wakeClusters({ clusters, terminal }: Session): Promise<void> {
    const local = await clusters();
    const asleep = (await local.list()).filter(({ health }) => health !== "ready");
    await Promise.all(asleep.map(({ name }) => local.up({ name }, terminal.progress)));
}

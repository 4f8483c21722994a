import { setTimeout } from "node:timers/promises";
import { observe } from "../../verify/observe";
import { SECONDS_OF_A_LOOK } from "../../verify/runner";
import { addressesFor, callsBetween, countAll } from "../../verify/traffic";
import { trafficJson, trafficTable } from "../../verify/traffic/report";
import type { Session } from "../session";
import { meshOf, type Target } from "../target";

export interface TrafficOptions {
    /** Between the two looks. */
    readonly seconds: number;
    readonly output: "table" | "json";
}

/** Shows who called whom between two looks. Only reads. */
export async function traffic(session: Session, target: Target, { seconds, output }: TrafficOptions): Promise<void> {
    const mesh = await meshOf(session, target);
    const look = async () => {
        const view = await observe(mesh, AbortSignal.timeout(SECONDS_OF_A_LOOK * 1000));
        return { view, counts: await countAll(view), at: performance.now() };
    };
    const before = await look();
    session.terminal.progress(`Counting for ${seconds} s.`);
    await setTimeout(seconds * 1000);
    const after = await look();
    const each = after.view.clusters.map(async (cluster) => {
        const { name } = cluster.declared;
        const addresses = await addressesFor(after.view, cluster);
        return callsBetween(name, addresses, before.counts.get(name) ?? [], after.counts.get(name) ?? []);
    });
    const calls = (await Promise.all(each)).flat();
    const between = Math.round((after.at - before.at) / 1000);
    session.terminal.result(output === "json" ? trafficJson(calls, between) : trafficTable(calls, between));
}

import type { Mesh } from "../../verify";
import { countTraffic, type Traffic } from "../../verify/traffic";
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
    const counted = await count(session, await meshOf(session, target), seconds);
    session.terminal.result(output === "json" ? trafficJson(counted) : trafficTable(counted));
}

/** Counts while it says so. */
export function count({ terminal }: Session, mesh: Mesh, seconds: number): Promise<Traffic> {
    terminal.progress(`Counting for ${seconds} s.`);
    return countTraffic(mesh, seconds);
}

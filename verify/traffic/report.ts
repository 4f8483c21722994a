/** Calls between two looks, for people and for programs. */
import Table from "cli-table3";
import type { Call, Traffic } from "./index";

export function trafficTable({ calls, seconds }: Traffic): string {
    const table = new Table({
        head: ["client", "in", "service", "answered in", "through", "requests", "failed"],
        style: { head: [], border: [] },
        chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
        colAligns: ["left", "left", "left", "left", "left", "right", "right"],
    });
    for (const { client, cluster, service, port, to = "?", gateways, requests, failed } of calls) {
        table.push([client, cluster, `${service}:${port}`, to, gateways.join("\n"), requests, failed]);
    }
    return [...(calls.length > 0 ? [table.toString(), ""] : []), trafficWords({ calls, seconds }), ""].join("\n");
}

/** All of it in a sentence. */
export function trafficWords({ calls, seconds }: Traffic): string {
    const across = calls.filter(({ cluster, to }) => to !== cluster);
    const sum = (some: readonly Call[]): number => some.reduce((all, { requests }) => all + requests, 0);
    return `${sum(calls)} requests in ${seconds} s, ${sum(across)} of them to another cluster.`;
}

/** @returns `{"seconds", "calls": [{"cluster", "client", "service", "port", "to", "gateways", "requests", "failed"}]}` */
export function trafficJson({ calls, seconds }: Traffic): string {
    return `${JSON.stringify({ seconds, calls }, undefined, 2)}\n`;
}

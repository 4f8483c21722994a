/** What crosses the borders of clusters, in a picture. */
import type { Call } from "../verify/traffic";
import type { Card, Flow } from "./model";

/** All calls from one cluster to another together. */
export function flowsOf(calls: readonly Call[]): Flow[] {
    const flows = new Map<string, Flow>();
    for (const { cluster: from, to, requests, failed, gateways } of calls) {
        if (to === undefined || to === from) continue;
        const key = JSON.stringify([from, to]);
        const known = flows.get(key) ?? { from, to, requests: 0, failed: 0, gateways: [] };
        flows.set(key, {
            ...known,
            requests: known.requests + requests,
            failed: known.failed + failed,
            gateways: [...new Set([...known.gateways, ...gateways])].sort(),
        });
    }
    return [...flows.values()];
}

/** A card with a row for what its cluster's clients asked of others. */
export function withTraffic(card: Card, flows: readonly Flow[]): Card {
    const own = flows.filter(({ from }) => from === card.name);
    if (own.length === 0) return card;
    const value = own.map(({ to, ...counts }) => `${countWords(counts)} to ${to}`).join(", ");
    return { ...card, rows: [...card.rows, { part: "traffic", label: "calls", value, standing: "as declared" }] };
}

/** `120, 2 failed` */
function countWords({ requests, failed }: Pick<Flow, "requests" | "failed">): string {
    return failed === 0 ? `${requests}` : `${requests}, ${failed} of them failed,`;
}

/** A flow in a sentence. */
export function flowWords({ from, to, gateways, ...counts }: Flow): string {
    const through = gateways.length === 0 ? "" : `, through ${gateways.join(" and ")}`;
    return `clients in ${from} called ${to} ${counts.requests} times, ${counts.failed} failed${through}`;
}

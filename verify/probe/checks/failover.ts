import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import type { Outcome } from "../pods/protocol";
import { AT_A_TIME, backups, defineProbeCheck, pairs, type Probe } from "../check";
import { upstreamOf } from "../../observe/envoyAnswers";
import { failoverService } from "../manifests";
import { describeOutcome, serverAnswerOf } from "../outcomes";
import { servicePort, throughSidecar } from "../requests";
import type { ProbeSite } from "../site";

/** Within how long the other clusters have to take over. Milliseconds. */
const LIMIT = 10_000;
const PAUSE = 200;
/** Requests at once that only other clusters have to answer, when no local pod is left. */
const ENOUGH = 10;

export interface Failover {
    readonly cluster: string;
    /** Clusters that answered while the local pod ran. */
    readonly before: readonly string[];
    /** Clusters that answered when it was gone; empty when that never came. */
    readonly after: readonly string[];
    /** From the order to end the local pod to the first request after which all are answered by other clusters. */
    readonly milliseconds: number;
    /** Requests without an answer of a server, meanwhile: what each got instead. */
    readonly lost: readonly string[];
}

export const failover = defineProbeCheck<readonly Failover[]>({
    id: "failover",
    group: "data plane",
    proves: `Without its local pod, a service is answered by another cluster within ${LIMIT / 1000} s`,
    skip: (probe) => (pairs(probe).length === 0 ? "no cluster discovers another one" : undefined),
    observe: (probe) => {
        const covered = probe.sites.filter(({ name }) => name in backups(probe));
        const lane = pLimit(AT_A_TIME);
        return Promise.all(covered.map((site) => lane(() => failOver(probe, site))));
    },
    judge: (failovers) =>
        failovers.map(({ cluster, before, after, milliseconds, lost }) => {
            const losses = `${lost.length} requests lost${lost.length === 0 ? "" : `, the last: ${lost.at(-1) ?? ""}`}`;
            return after.length === 0
                ? {
                      seen: `${cluster}: no other cluster took over within ${LIMIT / 1000} s; ${losses}`,
                      cause: `The proxy in ${cluster} has no working endpoint of the service in another cluster, or still uses the deleted pod.`,
                      fix: "See reachability-matrix and peers-synced.",
                  }
                : {
                      seen: `${cluster}: answered by ${before.join(", ") || "nobody"} with a local pod, by ${after.join(", ")} from ${(milliseconds / 1000).toFixed(1)} s after it was told to end; ${losses}`,
                  };
        }),
});

async function failOver(probe: Probe, site: ProbeSite): Promise<Failover> {
    const service = failoverService(probe, site.name);
    const request = throughSidecar(probe, service);
    const many = Array<typeof request>(ENOUGH).fill(request);
    const [before, local] = await Promise.all([site.ask("client", many), site.addressOf("server")]);
    /** Whether the client's proxy still has the local pod, which goes on for a while when it is told to end. */
    const hasLocal = async (): Promise<boolean> => {
        const known = upstreamOf(await site.upstreams("client"), servicePort(probe, service));
        return known?.endpoints.some(({ address }) => address === local) ?? false;
    };
    const ended = { cluster: site.name, before: answerers(before) };
    await site.deletePod("server");
    const start = performance.now();
    const lost: string[] = [];
    let takenOver: number | undefined;
    while (performance.now() - start < LIMIT) {
        const withdrawn = !(await hasLocal());
        const outcomes = await site.ask("client", withdrawn ? many : [request]);
        const after = answerers(outcomes);
        lost.push(...outcomes.filter((outcome) => serverAnswerOf(outcome) === undefined).map(describeOutcome));
        takenOver = isRemote(after, site) ? (takenOver ?? performance.now() - start) : undefined;
        if (withdrawn && takenOver !== undefined) {
            return { ...ended, after, milliseconds: takenOver, lost };
        }
        await sleep(PAUSE);
    }
    return { ...ended, after: [], milliseconds: LIMIT, lost };
}

/** Whether other clusters answered, and only they. */
function isRemote(clusters: readonly string[], { name }: ProbeSite): boolean {
    return clusters.length > 0 && !clusters.includes(name);
}

function answerers(outcomes: readonly Outcome[]): string[] {
    return [...new Set(outcomes.flatMap((outcome) => serverAnswerOf(outcome)?.cluster ?? []))].sort();
}

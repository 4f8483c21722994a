/**
 * The part of the proof that needs workloads of its own: makes them in every cluster, has them ask each other, and
 * removes them, whatever happens in between.
 */
import { randomBytes } from "node:crypto";
import pLimit from "p-limit";
import { type Cell, conclude, type Check } from "../check";
import type { Mesh } from "../mesh";
import type { MeshView } from "../observe";
import { runChecks, SECONDS_OF_A_LOOK, verdict, type CheckReport, type Report, type RunOptions } from "../runner";
import { AT_A_TIME, backups, defineProbeCheck, type Probe, type ProbeCheck } from "./check";
import { askingChecks, LAST, OTHERS } from "./checks";
import { judgeWorkloads, PROBE_WORKLOADS } from "./checks/probeWorkloads";
import { cellOf, reachabilityMatrix, type Attempt } from "./checks/reachabilityMatrix";
import { type Call, callCellOf, listsCallers, serviceCallers } from "./checks/serviceCallers";
import { owner } from "../owner";
import { judgeRemoval, PROBE_REMOVED, remove } from "./removal";
import { ProbeSite } from "./site";
import { bringUp, type Workloads } from "./workloads";

/**
 * Requests to pods of all clusters at one time, each of which has a pod ask every other cluster: more would wait for gateways and
 * for each other while their own time runs.
 */
const ASKED_AT_A_TIME = 4;
/** Limit of the wait until the pods have ended. */
const QUIET_MILLISECONDS = 15_000;

export interface ProbeOptions {
    /** Image of the probe that every cluster can pull. */
    readonly image: string;
    /** Takes a line for people at every step that takes seconds. */
    readonly progress?: (line: string) => void;
}

export { probeChecks } from "./checks";

/** What the probe adds to a report. */
export interface ProbeReport extends Report {
    /** Every client with every server; empty when the workloads did not start. */
    readonly matrix: readonly Cell[];
    /** Its last check, once the removal of all that it made has ended; absent where it made nothing. */
    readonly removed?: Promise<CheckReport>;
}

/** Which of the checks that ask are to be made. Those of the pods always are. */
type Choice = (check: { readonly id: string }) => boolean;

/**
 * Makes, asks and removes, up to the pods' end: Kubernetes waits five seconds before it empties a namespace, and nothing
 * but {@link ProbeReport.removed} has to wait for that. Never throws for what it meets.
 */
export async function runProbe(
    mesh: Mesh,
    probe: ProbeOptions,
    options: RunOptions,
    isWanted: Choice,
): Promise<ProbeReport> {
    if (mesh.clusters.length < 2) {
        return { checks: skipped(mesh, isWanted, "the mesh has one cluster"), matrix: [] };
    }
    const { progress = () => undefined } = probe;
    // A mesh that lists what its clusters share knows the end of the name: components/internal/services.ts.
    const namespace = `${randomBytes(4).toString("hex")}-mesh-probe`;
    const library = await import("@kubernetes/client-node");
    // Each request has a limit of its own. None is cut off by an interrupt: what arrives late would be left behind.
    const unlimited = new AbortController().signal;
    const turn = pLimit(ASKED_AT_A_TIME);
    const sites = mesh.clusters.map((declared) => new ProbeSite(library, declared, namespace, unlimited, turn));
    const clusters = sites.map(({ name }) => name);
    const plan = { namespace, image: probe.image, clusters, backups: backups({ sites }), owner: owner() };

    progress(`Probe: starting pods in namespace ${namespace} of every cluster.`);
    const lane = pLimit(AT_A_TIME);
    const [started, startSeconds] = await timed(
        Promise.allSettled(sites.map((site) => lane(() => bringUp(site, plan, options.signal)))),
    );
    progress("Probe: asking from every cluster to every cluster.");
    const workloads = await runChecks(mesh, [workloadsCheck(started)], { ...options, patience: 0 });
    const asked =
        verdict(workloads) === "pass"
            ? await ask(mesh, { namespace, clusters, sites }, options, isWanted)
            : { checks: skipped(mesh, isWanted, "the probe's pods do not run: see probe-workloads"), matrix: [] };
    progress(`Probe: removing namespace ${namespace}.`);
    const removed = timed(Promise.all(sites.map((site) => remove(site)))).then(([removals, seconds]) => ({
        ...PROBE_REMOVED,
        ...judgeRemoval(removals),
        seconds,
    }));
    // Until then nodes and control planes are busy with them, and other checks would see it.
    const quiet = AbortSignal.timeout(QUIET_MILLISECONDS);
    await Promise.all(sites.map((site) => site.followPods((pods) => pods.length === 0, quiet)));
    return {
        checks: [...workloads.checks.map((check) => ({ ...check, seconds: startSeconds })), ...asked.checks],
        matrix: asked.matrix,
        ...(asked.calls && { calls: asked.calls }),
        removed,
    };
}

async function ask(mesh: Mesh, probe: Probe, options: RunOptions, isWanted: Choice): Promise<ProbeReport> {
    let attempts: readonly Attempt[] = [];
    let calls: readonly Call[] | undefined;
    const matrix = noting(reachabilityMatrix, (observed) => (attempts = observed));
    const callers = noting(serviceCallers, (observed) => (calls = observed));
    const inTurn = { ...options, seconds: SECONDS_OF_A_LOOK * Math.ceil(probe.sites.length / ASKED_AT_A_TIME) };
    const sideBySide = await runChecks(
        mesh,
        [matrix, ...OTHERS, ...(listsCallers(mesh) ? [callers] : [])].filter(isWanted).map((check) => check.of(probe)),
        inTurn,
    );
    const last = await runChecks(mesh, [LAST.of(probe)].filter(isWanted), { ...inTurn, patience: 0 });
    return {
        checks: [...sideBySide.checks, ...last.checks],
        matrix: attempts.map(cellOf),
        ...(calls && { calls: calls.map(callCellOf) }),
    };
}

/** The same check, which also shows what it has observed last. */
function noting<Observed>(check: ProbeCheck<Observed>, note: (observed: Observed) => void): ProbeCheck<Observed> {
    const observe = async (probe: Probe, view: MeshView): Promise<Observed> => {
        const observed = await check.observe(probe, view);
        note(observed);
        return observed;
    };
    return defineProbeCheck({ ...check, observe });
}

function workloadsCheck(started: readonly PromiseSettledResult<Workloads>[]): Check {
    return {
        ...PROBE_WORKLOADS,
        run: () => {
            const reasons = started.flatMap((site) => (site.status === "rejected" ? [messageOf(site.reason)] : []));
            return reasons.length > 0
                ? Promise.reject(new Error(reasons.join("\n")))
                : Promise.resolve(
                      conclude(
                          judgeWorkloads(started.flatMap((site) => (site.status === "fulfilled" ? [site.value] : []))),
                      ),
                  );
        },
    };
}

function skipped(mesh: Mesh, isWanted: Choice, reason: string): CheckReport[] {
    return askingChecks(mesh)
        .filter(isWanted)
        .map(({ id, group, proves }) => ({ id, group, proves, result: "skipped", seen: [reason], seconds: 0 }));
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
    const start = performance.now();
    const result = await work;
    return [result, Math.round((performance.now() - start) / 100) / 10];
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

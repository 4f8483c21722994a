import { setTimeout as sleep } from "node:timers/promises";
import { type CallCell, type Cell, type Check, type Finding, LOOK_FIRST, type Result } from "./check";
import { within } from "./limit";
import type { Mesh } from "./mesh";
import { observe, type MeshView } from "./observe";
import { ProblemsError } from "../shared/problems";
import { anySignal } from "../shared/signals";

/** Limit of one look of one check, where nothing else is said. */
export const SECONDS_OF_A_LOOK = 30;
/** Pause before a check that did not pass looks again. */
const PAUSE_MILLISECONDS = 500;

/** A view for one look of a command's own, with the same limit. */
export function observeInTime(mesh: Mesh): Promise<MeshView> {
    return observe(mesh, AbortSignal.timeout(SECONDS_OF_A_LOOK * 1000));
}

export interface CheckReport extends Finding, Omit<Check, "run"> {
    /** Seconds until the finding stood. */
    readonly seconds: number;
}

export interface Report {
    readonly checks: readonly CheckReport[];
    /** What the probe's clients got from its servers; absent without a probe. */
    readonly matrix?: readonly Cell[];
    /** What accounts got from listed services; absent without a probe, and where no list says who may call. */
    readonly calls?: readonly CallCell[];
    /** Set where the clusters are to become a mesh, and were only checked for that. */
    readonly before?: true;
    /** Names of the checks and groups that were asked for, where not all were: it proves no mesh then. */
    readonly only?: readonly string[];
}

export interface RunOptions {
    /**
     * For how many seconds a check that does not pass looks again: a mesh that was just changed takes a moment until
     * every proxy knows it. 0 for one look.
     */
    readonly patience: number;
    /** Limit of one look of one check. Default {@link SECONDS_OF_A_LOOK}. */
    readonly seconds?: number;
    /** Ends the run early; what has not passed by then is an error. */
    readonly signal?: AbortSignal;
}

/** Runs checks side by side. Never throws for what a check sees or meets. */
export async function runChecks(mesh: Mesh, checks: readonly Check[], options: RunOptions): Promise<Report> {
    const snapshots = new Snapshots(mesh, options);
    return { checks: await Promise.all(checks.map((check) => settle(snapshots, check, options))) };
}

/**
 * Those that are asked for by their ids or groups; without such names, all.
 * @param others What to say of checks that are not among them.
 * @throws ProblemsError for a name that no check and no group has.
 */
export function chosen<One extends Pick<Check, "id" | "group">>(
    checks: readonly One[],
    only: readonly string[] | undefined,
    others = "",
): readonly One[] {
    if (only === undefined) return checks;
    const names = [...new Set(checks.flatMap(({ id, group }) => [group, id]))];
    const unknown = only.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        const rule = "no check and no group has this name";
        throw new ProblemsError(
            unknown.map((value) => ({
                subject: "--only",
                value,
                rule,
                fix: `There are ${names.join(", ")}.${others}`,
            })),
        );
    }
    return checks.filter(({ id, group }) => only.includes(id) || only.includes(group));
}

/** One glance at the mesh: what it reads it reads once, for all who look. */
interface Snapshot {
    readonly view: Promise<MeshView>;
    /** When it began, by `performance.now()`. */
    readonly since: number;
    readonly limit: AbortSignal;
    /** Seconds from then to the limit. */
    readonly seconds: number;
    /** Ends at the limit, or with the run. */
    readonly end: AbortSignal;
}

/** Has checks that look at about the same time share a glance. None sees what it has seen before: pauses are longer. */
class Snapshots {
    #last: Snapshot | undefined;

    public constructor(
        private readonly mesh: Mesh,
        private readonly options: RunOptions,
    ) {}

    public now(): Snapshot {
        const since = performance.now();
        if (this.#last === undefined || since - this.#last.since >= PAUSE_MILLISECONDS) {
            const { signal, seconds = SECONDS_OF_A_LOOK } = this.options;
            const limit = AbortSignal.timeout(seconds * 1000);
            const end = anySignal(signal === undefined ? [limit] : [limit, signal]);
            this.#last = { view: observe(this.mesh, end), since, limit, seconds, end };
        }
        return this.#last;
    }
}

async function settle(snapshots: Snapshots, check: Check, { patience, signal }: RunOptions): Promise<CheckReport> {
    const start = performance.now();
    const { id, group, proves } = check;
    for (;;) {
        const finding = await look(snapshots.now(), check);
        const seconds = (performance.now() - start) / 1000;
        // What warns is as it should be, and does not change while one waits.
        const final = ["pass", "skipped", "warning"].includes(finding.result);
        if (final || seconds >= patience || signal?.aborted === true) {
            return { id, group, proves, ...finding, seconds: Math.round(seconds * 10) / 10 };
        }
        await sleep(PAUSE_MILLISECONDS);
    }
}

async function look({ view, limit, seconds, end }: Snapshot, check: Check): Promise<Finding> {
    try {
        const finding = view.then((mesh) => check.run(mesh));
        return await within(end, "the run was ended", finding);
    } catch (error) {
        const reason = limit.aborted
            ? `there was no answer within ${seconds} s`
            : error instanceof Error
              ? error.message
              : String(error);
        return {
            result: "error",
            seen: [reason],
            cause: "The check could not be made, so it says nothing about the mesh.",
            fix: LOOK_FIRST,
        };
    }
}

/** `fail` when the mesh is not as it should be, else `error` when a check could not be checked, else `pass`. */
export function verdict({ checks }: Report): Exclude<Result, "skipped" | "warning"> {
    const results = new Set(checks.map(({ result }) => result));
    return results.has("fail") ? "fail" : results.has("error") ? "error" : "pass";
}

/** Takes replicas away under a measured load, sees who answers instead, and puts them back, whatever happens. */
import { setTimeout } from "node:timers/promises";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { CommandError, EXIT } from "../../shared/exit";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Progress } from "../../shared/progress";
import type { Mesh } from "../mesh";
import { clusterNamed, observe, type ObservedCluster } from "../observe";
import { gatewayServices } from "../observe/eastWest";
import { isReady, selectorOf } from "../observe/objects";
import { Answering } from "./answering";
import { Load, type Seen } from "./load";
import { DrillSite, isBehind, leftBehind, nameOf, type Workload } from "./workloads";

/** How long the load runs before anything is taken. Seconds. */
const BEFORE = 3;
/** How long it goes on after others have taken over, and at the end. Seconds. */
const AFTER = 2;
/** How long pods may take to end, connections that they still have included. Seconds. */
const GONE = 60;
/** Within which replicas that are put back have to answer again. Seconds. */
const BACK = 120;
const PAUSE_MILLISECONDS = 200;

export interface DrillOptions {
    readonly service: { readonly namespace: string; readonly name: string };
    /** Short name of the cluster whose clients are looked at, and whose replicas go. */
    readonly from: string;
    /** Short name of a cluster whose east-west gateways go instead. */
    readonly gateway?: string;
    /** A request that needs the service: where it is sent, and its Host header. */
    readonly url: string;
    readonly host: string;
    /** Requests a second. */
    readonly rate: number;
    /** Within how many seconds others have to answer; then everything is put back. */
    readonly seconds: number;
}

export interface Drilled {
    /** What was taken, e.g. `Deployment shop/catalog in west`. */
    readonly took: readonly string[];
    /** Clusters that answered before. */
    readonly usual: readonly string[];
    /** Clusters that answered meanwhile. */
    readonly others: readonly string[];
    /** Seconds until these did; absent where nobody did in time. */
    readonly secondsUntilOthers?: number;
    /** Seconds until what was put back answered again; absent where it did not within two minutes. */
    readonly secondsBack?: number;
    /** What the load saw from beginning to end. */
    readonly load: Seen;
}

/**
 * @param signal Ends it early: what was taken is put back in any case.
 * @throws ProblemsError where there is nothing to drill, ObservationError for what cannot be seen, CommandError for what could not be
 *     put back.
 */
export async function drill(
    mesh: Mesh,
    options: DrillOptions,
    progress: Progress,
    signal: AbortSignal,
): Promise<Drilled> {
    const library = await import("@kubernetes/client-node");
    const view = await observe(mesh, signal, false);
    const source = clusterNamed(view, options.gateway ?? options.from);
    const site = new DrillSite(library, source.declared);
    await putBackLeft(site, source.declared.name, progress, signal);
    const services = await servicesOf(source, options);
    const workloads = (await site.workloads()).filter((each) => services.some((service) => isBehind(each, service)));
    refuse(options, workloads);

    const { namespace, name } = options.service;
    const answering = new Answering(view, clusterNamed(view, options.from), `${name}.${namespace}`);
    const load = new Load(options.url, options.host, options.rate);
    try {
        const usual = await usually(answering, load, signal);
        const took = workloads.map((workload) => `${nameOf(workload)} in ${source.declared.name}`);
        progress(`Answered in ${usual.join(", ")}. Taking ${took.join(", ")}.`);
        const gone = async (): Promise<boolean> => (await podsOf(source, services)).length === 0;
        const found = await without(
            site,
            workloads,
            () => takenOver(answering, gone, source, options, signal),
            progress,
        );
        const back = usual.includes(source.declared.name)
            ? async () => (await answering.since()).includes(source.declared.name)
            : async () => (await podsOf(source, services)).some(isReady);
        const secondsBack = await secondsUntil(back, BACK, signal);
        await setTimeout(AFTER * 1000, undefined, { signal });
        return { took, usual, ...found, ...(secondsBack !== undefined && { secondsBack }), load: await load.stop() };
    } finally {
        await load.stop();
    }
}

/** Does something while workloads have no replicas. */
async function without<T>(
    site: DrillSite,
    workloads: readonly Workload[],
    work: () => Promise<T>,
    progress: Progress,
): Promise<T> {
    try {
        for (const workload of workloads) await site.take(workload);
        return await work();
    } finally {
        progress(`Putting back ${workloads.map(nameOf).join(", ")}.`);
        await putBack(site, workloads.map(nameOf));
    }
}

/** @throws CommandError that names what could not be put back. */
async function putBack(site: DrillSite, names: readonly string[]): Promise<void> {
    const found = await site.workloads();
    const taken = found.filter((workload) => names.includes(nameOf(workload)) && workload.taken !== undefined);
    const results = await Promise.allSettled(taken.map((workload) => site.putBack(workload)));
    const failed = results.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
    if (failed.length === 0) return;
    const reasons = failed.map((reason) => (reason instanceof Error ? reason.message : String(reason)));
    const advice = "scale it by hand, or start another drill of this cluster, which begins with that";
    throw new CommandError(`not everything is put back: ${reasons.join("; ")}. Now ${advice}`, EXIT.failed);
}

/** Who answers before anything is taken. @throws ProblemsError where requests fail as it is. */
async function usually(answering: Answering, load: Load, signal: AbortSignal): Promise<string[]> {
    await answering.begin();
    await setTimeout(BEFORE * 500, undefined, { signal });
    await answering.narrow();
    await setTimeout(BEFORE * 500, undefined, { signal });
    const usual = await answering.since();
    const { lost, requests, reasons } = load.seen;
    const found = lost > 0 ? `${lost} of ${requests} requests failed: ${reasons[0] ?? ""}` : "no call of the service";
    if (lost > 0 || usual.length === 0) {
        const rule = "must be a request that needs the service, and is answered";
        const fix = "See `mesh explain` and `mesh traffic`; nothing was taken.";
        throw new ProblemsError([{ subject: "--url", value: found, rule, fix }]);
    }
    return usual;
}

/** Waits until others answer, or the time for that is over; then until all pods have gone. */
async function takenOver(
    answering: Answering,
    gone: () => Promise<boolean>,
    { declared }: ObservedCluster,
    { seconds }: DrillOptions,
    signal: AbortSignal,
): Promise<Pick<Drilled, "others" | "secondsUntilOthers">> {
    const others = new Set<string>();
    const look = async (): Promise<boolean> => {
        for (const name of await answering.since()) if (name !== declared.name) others.add(name);
        return others.size > 0;
    };
    const secondsUntilOthers = await secondsUntil(look, seconds, signal);
    if (secondsUntilOthers === undefined) return { others: [] };
    await secondsUntil(gone, GONE, signal);
    await setTimeout(AFTER * 1000, undefined, { signal });
    await look();
    return { others: [...others].sort(), secondsUntilOthers };
}

/** @returns undefined where it does not come to that. */
async function secondsUntil(
    reached: () => Promise<boolean>,
    limit: number,
    signal: AbortSignal,
): Promise<number | undefined> {
    const begun = performance.now();
    for (;;) {
        const isReached = await reached();
        const seconds = (performance.now() - begun) / 1000;
        if (isReached) return seconds;
        if (seconds >= limit) return undefined;
        await setTimeout(PAUSE_MILLISECONDS, undefined, { signal });
    }
}

/** Puts back what a drill that was killed has left. */
async function putBackLeft(site: DrillSite, cluster: string, progress: Progress, signal: AbortSignal): Promise<void> {
    const left = (await site.workloads()).filter((workload) => leftBehind(workload) === "abandoned").map(nameOf);
    if (left.length === 0) return;
    progress(`Putting back ${left.join(", ")} in ${cluster}: a drill that has ended had taken it.`);
    await putBack(site, left);
    const areReady = async () => {
        const found = (await site.workloads()).filter((workload) => left.includes(nameOf(workload)));
        return found.every(({ ready, replicas }) => ready >= replicas);
    };
    await secondsUntil(areReady, BACK, signal);
}

function servicesOf({ kubernetes, declared }: ObservedCluster, options: DrillOptions): Promise<V1Service[]> {
    const { service, gateway } = options;
    return gateway === undefined
        ? kubernetes.service(service.namespace, service.name).then((found) => [found])
        : gatewayServices(kubernetes, declared.network);
}

/** Pods behind Services, those that are about to end included: they still answer on connections that they have. */
async function podsOf({ kubernetes }: ObservedCluster, services: readonly V1Service[]): Promise<V1Pod[]> {
    const each = services.map(async (service) => {
        const selector = selectorOf(service);
        const pods = selector === undefined ? [] : await kubernetes.pods(selector);
        return pods.filter(({ metadata }) => metadata?.namespace === service.metadata?.namespace);
    });
    return (await Promise.all(each)).flat();
}

function refuse({ service, from, gateway }: DrillOptions, workloads: readonly Workload[]): void {
    const value = gateway === undefined ? `${service.name}.${service.namespace}` : gateway;
    const subject = gateway === undefined ? "service" : "--gateway";
    const problems: Problem[] = workloads
        .filter((workload) => leftBehind(workload) === "held")
        .map((workload) => ({
            subject,
            value: nameOf(workload),
            rule: "another drill has its replicas",
            fix: "Wait until that has ended.",
        }));
    if (workloads.every(({ replicas }) => replicas === 0) && problems.length === 0) {
        const rule = `there are no replicas in ${gateway ?? from} that could be taken: a drill knows Deployments and StatefulSets`;
        problems.push({ subject, value, rule, fix: "Choose another cluster." });
    }
    if (problems.length > 0) throw new ProblemsError(problems);
}

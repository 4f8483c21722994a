/** `mesh rotate root`: changes the root of a running mesh, by the steps that `up` and the setting `roots` take. */
import { CommandError, EXIT } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import { ProblemsError } from "../../shared/problems";
import { partialOutputs } from "../../shared/outputs";
import { type Roots, stepOf, stepsFrom } from "../../shared/rotation";
import { lockState, stateFilePath } from "../../embedded/host/state/stateFile";
import { hostFor } from "../../hosts";
import { outputsOf } from "../../hosts/interface/deployment";
import type { HostName } from "../../hosts/interface/host";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import { formatReport, type Mesh, verdict } from "../../verify";
import { unprepared } from "../../verify/rotation/ready";
import { untilServed } from "../rotate/gate";
import { writeRoots } from "../rotate/settings";
import type { Session } from "../session";
import { readStacks } from "../stacks/together";
import { meshOf, type StacksTarget } from "../target";
import { up } from "./run";
import { check } from "./verify";

/** A mesh that was just changed takes a moment until every proxy knows it. Seconds. */
const PATIENCE = 30;
/** Of a look at every pod. Milliseconds. */
const LOOK = 60_000;

export interface RotateOptions {
    readonly host?: HostName;
    /** Whether the steps that were taken are taken back. */
    readonly back: boolean;
}

/** @throws ProblemsError for a rotation that cannot begin; CommandError for one that stopped: the next run continues it. */
export async function rotateRoot(session: Session, stacks: readonly string[], options: RotateOptions): Promise<void> {
    const facts = await readStacks(session, stacks);
    const owner = ownerOf(facts);
    const unlock = await lockState(
        `${stateFilePath(session.home, owner.stack)}.rotation`,
        "rotate root",
        session.terminal.progress,
        () => undefined,
    );
    const interrupt = listenForInterrupt(() => undefined);
    try {
        await rotate(session, { stacks, ...options }, owner, interrupt.stop);
    } finally {
        interrupt.dispose();
        await unlock();
    }
}

/** Waits until all have taken the step of the last `up`. @throws CommandError that names those that have not. */
export async function waitUntilServed(
    session: Session,
    stacks: readonly string[],
    { host }: { readonly host?: HostName },
): Promise<void> {
    await readStacks(session, stacks);
    const interrupt = listenForInterrupt(() => undefined);
    try {
        const mesh = await meshOf(session, { stacks, ...(host === undefined ? {} : { host }) });
        await untilServed(mesh, session.terminal.progress, interrupt.stop);
        session.terminal.progress("Every proxy has taken the step.");
    } finally {
        interrupt.dispose();
    }
}

interface Owner {
    readonly stack: string;
    readonly key: string;
    /** As its file has them. */
    readonly roots: Roots;
}

async function rotate(
    session: Session,
    { back, ...target }: StacksTarget & RotateOptions,
    { stack, key, roots: declared }: Owner,
    stop: AbortSignal,
): Promise<void> {
    const { progress } = session.terminal;
    const host = await hostFor(session, target.stacks, target.host);
    const { roots: applied } = partialOutputs.parse(outputsOf(await host.state(stack)));
    const isUnderWay = declared.length > 1 || (applied !== undefined && applied.join() !== declared.join());
    const take = async (roots: Roots): Promise<void> => {
        if (stop.aborted) throw new CommandError("the rotation was interrupted; run it again to continue", EXIT.failed);
        progress(`Step: ${stepOf(roots)}.`);
        await up(session, target.stacks, target);
        await untilServed(await meshOf(session, target), progress, stop);
    };
    const steps = stepsFrom(declared, { back });
    if (back && steps.length === 0) {
        const rule = isUnderWay
            ? "the last step has begun: clusters may have dropped the other root already"
            : "no rotation is under way, and a root that was dropped is gone, its key with it";
        const fix = isUnderWay ? "Run it without --back to finish." : "Run it without --back to make a new root.";
        throw new ProblemsError([{ subject: `stack ${stack}: roots`, value: JSON.stringify(declared), rule, fix }]);
    }
    if (!isUnderWay) {
        await refuseUnfit(session, await meshOf(session, target), stop);
    } else if (!back) {
        progress("A rotation is under way: continuing it.");
        await take(declared);
    }
    for (const roots of isUnderWay && declared.length === 1 ? [] : steps) {
        await writeRoots(session.folder, stack, key, roots);
        await take(roots);
    }
    await refuseBroken(session, await meshOf(session, target), "the mesh does not verify after the rotation");
    const { roots } = partialOutputs.parse(outputsOf(await host.state(stack)));
    progress(`Done: ${stepOf(roots ?? declared)}. Pulumi.${stack}.yaml says so; commit it.`);
}

function ownerOf(facts: ReadonlyMap<string, StackFacts>): Owner {
    const [first] = [...facts].filter(([, { ownsRoot }]) => ownsRoot);
    if (first === undefined) {
        const rule = "none of these stacks owns the root";
        const fix = "Name the stack that does, and those of all clusters, e.g. `mesh rotate root root west east`.";
        throw new ProblemsError([{ subject: "stacks", value: [...facts.keys()].join(" "), rule, fix }]);
    }
    const [stack, { roots }] = first;
    return { stack, key: roots.key, roots: roots.value };
}

/** Nothing is changed in a mesh that is broken, does not answer, or could not follow. */
async function refuseUnfit(session: Session, mesh: Mesh, stop: AbortSignal): Promise<void> {
    await refuseBroken(session, mesh, "the mesh does not verify, and nothing was changed");
    const problems = await unprepared(mesh, AbortSignal.timeout(LOOK));
    if (problems.length > 0) throw new ProblemsError(problems);
    await untilServed(mesh, session.terminal.progress, stop);
}

async function refuseBroken(session: Session, mesh: Mesh, message: string): Promise<void> {
    const report = await check(session, mesh, { patience: PATIENCE });
    if (verdict(report) === "pass") return;
    const { checks } = report;
    const bad = checks.filter(({ result }) => result === "fail" || result === "error");
    session.terminal.progress(formatReport({ checks: bad }, "table", session.terminal.columns));
    throw new CommandError(message, EXIT.failed);
}

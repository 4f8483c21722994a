/** `mesh leave`: takes a cluster out of a running mesh, and the others lose no request. */
import { CommandError, EXIT } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import { hostFor } from "../../hosts";
import type { HostName } from "../../hosts/interface/host";
import type { Mesh } from "../../verify";
import { ObservationError } from "../../verify/observe";
import { type Leaving, leavingOf, onlyIn, stillKnown } from "../../verify/leaving";
import { reloadGateways } from "../leave/reload";
import { planOf, refuseNeeded } from "../leave/plan";
import { interrupted, LOOK, untilNobodyIsBehind } from "../rotate/gate";
import { refuseBroken, UNCHANGED } from "../rotate/unfit";
import type { Session } from "../session";
import { markLeaving, takeOut } from "../stacks/membership";
import { readStacks } from "../stacks/together";
import { meshOf } from "../target";
import { destroy, up } from "./run";

export interface LeaveOptions {
    readonly host?: HostName;
    /** Whether the cluster is gone for good: then it is asked nothing, and what was made in it is forgotten. */
    readonly unreachable: boolean;
}

/** @throws ProblemsError where it cannot begin; CommandError where it stopped: the next run continues. */
export async function leave(
    session: Session,
    name: string,
    stacks: readonly string[],
    options: LeaveOptions,
): Promise<void> {
    const { progress } = session.terminal;
    const facts = await readStacks(session, stacks);
    const { cluster, owner, remaining, sources } = planOf(facts, name, !options.unreachable);
    // The stack that has nothing else.
    const own = remaining.includes(owner) ? undefined : owner;
    const host = await hostFor(session, stacks, options.host);
    const interrupt = listenForInterrupt(() => undefined);
    const goOn = (): void => {
        if (interrupt.stop.aborted) throw interrupted();
    };
    try {
        // A run that stopped may have destroyed its stack already.
        const isUp = (await host.state(owner)).length > 0;
        const mesh = await meshOf(session, { stacks: isUp ? stacks : remaining, ...options });
        const leaving = isUp
            ? await leavingOf(mesh, name, !options.unreachable, AbortSignal.timeout(LOOK)).catch(refuseUnanswered)
            : undefined;
        if (leaving && !options.unreachable) {
            if (cluster.leaving !== true) {
                await refuseBroken(session, mesh, UNCHANGED);
                refuseNeeded(name, await onlyIn(mesh, name, AbortSignal.timeout(LOOK)));
                await markLeaving(session.folder, stacks, name);
            }
            progress(`Step: no other cluster discovers ${name}.`);
            await up(session, stacks, options);
            await untilForgotten(session, mesh, leaving, interrupt.stop);
            goOn();
        }
        progress(`Step: ${name} is taken out.`);
        if (isUp && own !== undefined) await destroy(session, [own], options);
        goOn();
        const files = await takeOut(session.folder, remaining, name, sources);
        await up(session, remaining, options);
        const left = await meshOf(session, { stacks: remaining, ...options });
        if (leaving && options.unreachable) await untilForgotten(session, left, leaving, interrupt.stop);
        await refuseBroken(session, left, `the mesh without ${name} does not verify`);
        progress(ending(name, files, own, options.unreachable));
    } finally {
        interrupt.dispose();
    }
}

function refuseUnanswered(error: unknown): never {
    if (!(error instanceof ObservationError)) throw error;
    const advice = "If the cluster is gone for good, `--unreachable` takes it out as it is.";
    throw new CommandError(`${error.message}; nothing was changed. ${advice}`, EXIT.mistake);
}

/** Waits until no other cluster knows anything of one. */
async function untilForgotten(
    { terminal: { progress } }: Session,
    mesh: Mesh,
    leaving: Leaving,
    stop: AbortSignal,
): Promise<void> {
    const others = mesh.clusters.filter(({ name }) => name !== leaving.name);
    const look = async (signal: AbortSignal) => {
        const left = await stillKnown({ ...mesh, clusters: others }, leaving, signal);
        const stale = left.filter(({ isGateway }) => isGateway).map(({ cluster }) => cluster);
        const isAll = (name: string) => left.every(({ cluster, isGateway }) => cluster !== name || isGateway);
        const reloading = others.filter(({ name }) => stale.includes(name) && isAll(name));
        await reloadGateways(reloading, signal);
        return left;
    };
    await untilNobodyIsBehind(look, "Restart these pods, then run it again to continue.", progress, stop);
    progress(`  no istiod and no proxy of ${others.map(({ name }) => name).join(", ")} knows it`);
}

function ending(name: string, files: readonly string[], own: string | undefined, isKept: boolean): string {
    const gone = own === undefined ? "" : ` Pulumi.${own}.yaml can be deleted, unless it is to come back.`;
    const kept = isKept
        ? " What it had is in it still: the tokens with which it read others, until `mesh rotate credentials` revokes them, and its intermediate, which the mesh trusts until `mesh rotate root`."
        : "";
    return `Done: ${name} has left. Commit ${files.join(" and ")}.${gone}${kept}`;
}

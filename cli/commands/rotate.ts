/** `mesh rotate`: replaces what a running mesh trusts, by the steps that `up` and the settings of a stack's file take. */
import { listenForInterrupt } from "../../shared/interrupt";
import type { HostName } from "../../hosts/interface/host";
import { credentialsRotation, tokensOf, untilRead } from "../rotate/credentials";
import { rootRotation, untilServed } from "../rotate/root";
import { takeSteps } from "../rotate/steps";
import type { Session } from "../session";
import { readStacks } from "../stacks/together";
import { meshOf } from "../target";

export interface RotateOptions {
    readonly host?: HostName;
    /** Whether the steps that were taken are taken back. */
    readonly back: boolean;
}

/** Gives a mesh a new root. @throws ProblemsError where it cannot begin; CommandError where it stopped: the next run continues. */
export async function rotateRoot(session: Session, stacks: readonly string[], options: RotateOptions): Promise<void> {
    const facts = await readStacks(session, stacks);
    const target = { stacks, ...options };
    await takeSteps(session, facts, target, rootRotation(session, facts, target), options);
}

/** Gives the readers of all clusters new tokens, and revokes the old ones. @throws As {@link rotateRoot}. */
export async function rotateCredentials(
    session: Session,
    stacks: readonly string[],
    options: RotateOptions,
): Promise<void> {
    const facts = await readStacks(session, stacks);
    const target = { stacks, ...options };
    await takeSteps(session, facts, target, credentialsRotation(session, facts, target), options);
}

/** Waits until all have taken the step of the last `up`. @throws CommandError that names those that have not. */
export async function waitForStep(
    session: Session,
    stacks: readonly string[],
    options: { readonly host?: HostName },
): Promise<void> {
    await readStacks(session, stacks);
    const target = { stacks, ...options };
    const { progress } = session.terminal;
    const interrupt = listenForInterrupt(() => undefined);
    try {
        const mesh = await meshOf(session, target);
        await untilServed(mesh, progress, interrupt.stop);
        await untilRead(mesh, await tokensOf(session, target), progress, interrupt.stop);
        progress("All have taken the step.");
    } finally {
        interrupt.dispose();
    }
}

/** The commands of the embedded host. */
import { CheckpointCodec, saltOf } from "./state/checkpoint";
import { deleteAll } from "./engine/deletions";
import type { HostCommand } from "../../hosts/interface/steps";
import type { Summary } from "./events";
import type { Launch } from "./protocol/program";
import type { Json, Properties } from "./providers/provider";
import { refreshAll } from "./engine/refresh";
import { Crypters } from "./state/secrets";
import { type HostOptions, openSession, type Session, type StackOptions } from "./session";
import { stackOutputsOf } from "./state/stackReference";
import { StoppedError } from "./engine/steps";
import { hideSecrets, revealValue } from "./state/values";
import { storedState } from "./transfer";

/** Brings the stack to what the program says. */
export function up(options: HostOptions): Promise<Summary> {
    return execute("up", options);
}

/** Shows what `up` would do; changes nothing. */
export function preview(options: HostOptions): Promise<Summary> {
    return execute("preview", options);
}

/** Deletes everything that the stack made. The program does not run. */
export function destroy(options: HostOptions): Promise<Summary> {
    return execute("destroy", options);
}

/** Brings the state to what is there. The program does not run. */
export function refresh(options: HostOptions): Promise<Summary> {
    return execute("refresh", options);
}

/** @param launch What runs the program; tests run theirs in their own process. */
export async function execute(command: HostCommand, options: HostOptions, launch?: Launch): Promise<Summary> {
    const began = performance.now();
    const session = await openSession(command, options);
    const { steps, stack } = session;
    try {
        await work(session, launch);
    } catch (error) {
        if (!(error instanceof StoppedError)) throw error;
    } finally {
        await session.state.then(({ snapshot }) => snapshot.saved()).finally(session.close);
    }
    const { snapshot } = await session.state;
    const interrupted = options.interrupt?.aborted === true;
    return {
        command,
        stack,
        result: interrupted ? "interrupted" : steps.errors.length > 0 ? "failed" : "succeeded",
        counts: steps.counts,
        changes: steps.changes,
        errors: steps.errors,
        outputs: hideSecrets(stackOutputsOf(snapshot.resources)),
        seconds: (performance.now() - began) / 1000,
    };
}

async function work(session: Session, launch: Launch | undefined): Promise<void> {
    const { command, steps } = session;
    if (command === "up" || command === "preview") {
        // Loads gRPC, which the other commands do not need.
        const { update } = await import("./protocol/update.js");
        await update(session, launch);
        return;
    }
    const { snapshot, providers } = await session.state;
    if (command === "destroy") await deleteAll(snapshot.resources, { snapshot, providers, steps });
    else await refreshAll(snapshot, providers, steps);
}

/**
 * The outputs of a stack as its state records them.
 * @returns a secret as `[secret]` unless `showSecrets` is set.
 * @throws ProblemsError for a stack that was never updated.
 */
export async function stackOutputs(
    options: StackOptions,
    { showSecrets = false }: { readonly showSecrets?: boolean } = {},
): Promise<Properties> {
    const { file, stored } = await storedState(options);
    const crypter = await new Crypters(options.home).open(saltOf(stored), file);
    const outputs = stackOutputsOf(new CheckpointCodec(crypter).decode(stored).resources);
    if (!showSecrets) return hideSecrets(outputs);
    return Object.fromEntries(Object.entries(outputs).map(([key, value]): [string, Json] => [key, revealValue(value)]));
}

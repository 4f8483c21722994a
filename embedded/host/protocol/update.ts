/** Runs the program against the stack: `up`, and `preview` where nothing is changed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { Engine } from "../engine/engine";
import { engineMethods } from "./engineService";
import { serve } from "./grpc";
import { monitorMethods } from "./monitor";
import { type Exit, type Launch, runProgram } from "./program";
import type { Session } from "../session";
import { ORGANIZATION } from "../state/stackReference";
import { Transforms } from "./transforms";
import type { Steps } from "../engine/steps";

export async function update(session: Session, launch: Launch = runProgram): Promise<void> {
    const { project, stack, config, parallel, steps, state } = session;
    const engine = state.then(
        ({ snapshot, providers }) => new Engine({ stack, project: project.name, config }, snapshot, providers, steps),
    );
    // It is awaited once the program has ended.
    engine.catch(() => undefined);
    // A socket in a folder of our own: the protocol carries secrets, and a TCP port is open to every local user.
    const folder = await mkdtemp(join(tmpdir(), "pulumi-"));
    const address = `unix:${join(folder, "engine")}`;
    let ended = false;
    const transforms = new Transforms();
    const monitor = monitorMethods({
        ...{ stack, project: project.name, engine, steps, transforms },
        ended: () => (ended = true),
    });
    // The SDK takes this status as the end of the run, and ends the program without a message of its own.
    const { close } = await serve(address, [...monitor, ...engineMethods(steps)], status.UNAVAILABLE);
    try {
        const exit = await launch({
            project,
            stack,
            config,
            parallel,
            organization: ORGANIZATION,
            monitor: address,
            engine: address,
            preview: steps.preview,
            output: (line) => {
                steps.output(line);
            },
            stop: steps.stopping,
        });
        await steps.idle();
        const running = await engine;
        judge(exit, ended, steps);
        if (!steps.stopping.aborted && steps.errors.length === 0) await running.finish();
    } finally {
        close();
        transforms.close();
        await rm(folder, { recursive: true, force: true });
    }
}

/** A program that did not run to its end may not have registered everything: nothing may be deleted then. */
function judge(exit: Exit, ended: boolean, steps: Steps): void {
    if (steps.stopping.aborted || steps.errors.length > 0) return;
    if (exit !== 0) steps.fail(`The program ended with ${typeof exit === "number" ? `exit code ${exit}` : exit}.`);
    else if (!ended) steps.fail("The program called process.exit before it was through; nothing is deleted.");
}

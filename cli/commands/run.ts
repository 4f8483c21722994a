/** `mesh up`, `preview`, `refresh` and `destroy`, over one stack or several. */
import pLimit from "p-limit";
import { CommandError, EXIT } from "../../shared/exit";
import { hostFor } from "../../hosts";
import { forget } from "../../hosts/embedded/forget";
import type { Host, HostName, Outcome, RunChoices } from "../../hosts/interface/host";
import type { HostCommand } from "../../hosts/interface/steps";
import { outputsOf } from "../../hosts/interface/deployment";
import { type Exchange, exchangeOf, runPasses } from "../stacks/passes";
import { prefixed } from "../prefixed";
import { comment } from "../preview/comment";
import type { Session } from "../session";
import { readStacks, refuseTaken } from "../stacks/together";
import { summaryText } from "../summary";

export interface RunOptions extends RunChoices {
    readonly host?: HostName;
    /** Form of the outcomes: lines while they happen, JSON or, of a preview, the comment of a pull request. */
    readonly output?: "table" | "json" | "markdown";
}

/** Outcomes by stack, in the order in which the stacks ended. */
type Outcomes = Map<string, Outcome[]>;

/** Brings stacks to what the program says, pass by pass, until none waits for another. */
export async function up(session: Session, stacks: readonly string[], options: RunOptions): Promise<void> {
    const facts = await readStacks(session, stacks);
    const host = await hostFor(session, stacks, options.host);
    await refuseTaken(session, facts, await host.stacks());
    for (const stack of stacks) await host.create(stack);
    const outcomes: Outcomes = new Map();
    const read = async (stack: string): Promise<Exchange> => exchangeOf(outputsOf(await host.state(stack)));
    const given = await runPasses(facts, read, async (due, pass) => {
        if (stacks.length > 1) session.terminal.progress(`Pass ${pass}: ${due.join(", ")}`);
        await runAll(session, host, "up", due, stacks, outcomes, options);
    });
    printOutcomes(session, outcomes, options);
    const waiting = [...given].flatMap(([stack, { missing }]) => missing.map(({ message }) => `${stack}: ${message}`));
    // What stacks outside of this run have to give is for another `up`: a stack does what it can without it.
    if (waiting.length > 0) {
        session.terminal.progress(["Not complete yet:", ...waiting].join("\n  "));
    }
    if (waiting.length > 0 && stacks.length > 1) {
        throw new CommandError("stacks wait for others that this run does not bring up", EXIT.failed);
    }
}

/** Shows what `up` would do to each stack by itself, from what the others give now. */
export async function preview(session: Session, stacks: readonly string[], options: RunOptions): Promise<void> {
    await readStacks(session, stacks);
    const host = await hostFor(session, stacks, options.host);
    const outcomes: Outcomes = new Map();
    // What would be done is a preview's result, unless another form of it was asked for.
    const { progress, result } = session.terminal;
    const write =
        options.output === "table"
            ? (line: string) => {
                  result(`${line}\n`);
              }
            : progress;
    await runAll(session, host, "preview", stacks, stacks, outcomes, {}, write);
    printOutcomes(session, outcomes, options);
}

export async function refresh(session: Session, stacks: readonly string[], options: RunOptions): Promise<void> {
    const host = await hostFor(session, stacks, options.host);
    const outcomes: Outcomes = new Map();
    await runAll(session, host, "refresh", stacks, stacks, outcomes);
    printOutcomes(session, outcomes, options);
}

/** Deletes everything that stacks made: clusters before the root that signed them. */
export async function destroy(session: Session, stacks: readonly string[], options: RunOptions): Promise<void> {
    const facts = await readStacks(session, stacks);
    const host = await hostFor(session, stacks, options.host);
    const roots = stacks.filter((stack) => facts.get(stack)?.ownsRoot === true);
    const outcomes: Outcomes = new Map();
    await runAll(
        session,
        host,
        "destroy",
        stacks.filter((stack) => !roots.includes(stack)),
        stacks,
        outcomes,
        options,
    );
    await runAll(session, host, "destroy", roots, stacks, outcomes, options);
    if (host.name === "embedded") {
        for (const stack of stacks) await forget(session, stack);
    }
    printOutcomes(session, outcomes, options);
    const clusters = [...facts.values()].flatMap((each) => each.clusters);
    const readers = [...facts.values()]
        .flatMap(({ topology }) => topology)
        .filter(({ name, peers }) => !clusters.includes(name) && peers.some((peer) => clusters.includes(peer)));
    for (const stack of new Set(readers.map((reader) => reader.stack))) {
        if (!stacks.includes(stack) && clusters.length > 0 && (await host.state(stack)).length > 0) {
            session.terminal.progress(
                `Stack ${stack} still discovers ${clusters.join(", ")}: run up ${stack} to change that.`,
            );
        }
    }
}

/** Runs a command over stacks, side by side where the host can. @throws CommandError after the last has ended, if any failed. */
async function runAll(
    { terminal }: Session,
    host: Host,
    command: HostCommand,
    due: readonly string[],
    stacks: readonly string[],
    outcomes: Outcomes,
    choices: RunChoices = {},
    write: (line: string) => void = terminal.progress,
): Promise<void> {
    // Previews write no state that another one could read half-written.
    const limit = pLimit(command === "preview" || (await host.readsWhileOthersWrite()) ? due.length + 1 : 1);
    const results = await Promise.allSettled(
        due.map((stack) =>
            limit(async () => {
                const outcome = await host.run(command, stack, prefixed(stack, stacks, write), choices);
                prefixed(stack, stacks, terminal.progress)(summaryText(outcome));
                outcomes.set(stack, [...(outcomes.get(stack) ?? []), outcome]);
            }),
        ),
    );
    const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures);
}

function printOutcomes({ terminal }: Session, outcomes: Outcomes, { output }: RunOptions): void {
    if (output === "markdown") terminal.result(comment(outcomes));
    if (output === "json") {
        const stacks = [...outcomes].map(([stack, runs]) => ({ stack, runs: runs.map(plain) }));
        terminal.result(`${JSON.stringify({ stacks }, undefined, 2)}\n`);
    }
}

/** @returns Only what is promised to scripts. */
function plain({ command, counts, changes, seconds }: Outcome): Outcome {
    return { command, counts, changes, seconds };
}

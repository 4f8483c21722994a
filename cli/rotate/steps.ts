/** Takes a mesh through the steps of a rotation; what stopped is continued by the next run, from files and states. */
import path from "node:path";
import { listenForInterrupt } from "../../shared/interrupt";
import { type Problem, ProblemsError } from "../../shared/problems";
import { partialOutputs } from "../../shared/outputs";
import { type Generations, isSame, type Rotated, stepOf, stepsFrom } from "../../shared/rotation";
import { lockState } from "../../embedded/host/state/stateFile";
import { hostFor } from "../../hosts";
import { outputsOf } from "../../hosts/interface/deployment";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import { up } from "../commands/run";
import type { Session } from "../session";
import type { StacksTarget } from "../target";
import { writeSetting } from "../stacks/settings";
import { interrupted } from "./gate";

/** A stack that has what is replaced. */
interface Holder {
    readonly stack: string;
    /** Full key of its setting. */
    readonly key: string;
    /** As its file has them. */
    readonly declared: Generations;
    /** As its last `up` left them; absent before the first. */
    readonly applied: Generations | undefined;
}

export interface Rotation {
    readonly rotated: Rotated;
    /** The stacks that have what is replaced. */
    readonly stacks: readonly string[];
    /** Refuses a mesh that could not follow. Nothing has changed yet. */
    prepare(): Promise<void>;
    /** Waits until all have taken the step. */
    settle(stop: AbortSignal): Promise<void>;
}

/** @throws ProblemsError for a rotation that cannot begin; CommandError for one that stopped. */
export async function takeSteps(
    session: Session,
    facts: ReadonlyMap<string, StackFacts>,
    target: StacksTarget,
    rotation: Rotation,
    { back }: { readonly back: boolean },
): Promise<void> {
    const { progress } = session.terminal;
    const unlock = await lockState(
        path.join(session.home, "stacks", `${rotation.stacks[0] ?? ""}.json.rotation`),
        "mesh rotate",
        progress,
        () => undefined,
    );
    const interrupt = listenForInterrupt(() => undefined);
    try {
        const holders = await holdersOf(session, facts, target, rotation);
        const underWay = holders.filter(isUnderWay);
        const rotating = underWay.length > 0 ? underWay : holders;
        const plans = rotating.map((holder) => ({ ...holder, steps: stepsOf(rotation.rotated, holder, back) }));
        refuseBack(rotation.rotated, plans, back);
        const take = async (now: readonly Generations[]): Promise<void> => {
            if (interrupt.stop.aborted) throw interrupted();
            const steps = new Set(now.map((step) => stepOf(rotation.rotated, step)));
            progress(`Step: ${[...steps].join("; ")}.`);
            await up(session, target.stacks, target);
            await rotation.settle(interrupt.stop);
        };
        if (underWay.length === 0) {
            await rotation.prepare();
        } else if (!back || plans.some(({ steps: [next] }) => next?.length === 1)) {
            // Whatever is dropped next, nobody may need it any more: a run that was killed has not waited for that.
            progress("A rotation is under way: continuing it.");
            await take(rotating.map(({ declared }) => declared));
        }
        for (let index = 0; plans.some(({ steps }) => index < steps.length); index++) {
            const due = plans.flatMap(({ steps, ...holder }) => {
                const step = steps[index];
                return step === undefined ? [] : [{ ...holder, step }];
            });
            // What is the default anyway is not written.
            for (const { stack, key, step } of due)
                await writeSetting(session.folder, stack, key, isSame(step, [1]) ? undefined : step);
            await take(due.map(({ step }) => step));
        }
        const ends = new Set(plans.map(({ declared, steps }) => stepOf(rotation.rotated, steps.at(-1) ?? declared)));
        const files = rotating.map(({ stack }) => `Pulumi.${stack}.yaml`).join(" and ");
        progress(`Done: ${[...ends].join("; ")}. Commit ${files}, which says so.`);
    } finally {
        interrupt.dispose();
        await unlock();
    }
}

async function holdersOf(
    session: Session,
    facts: ReadonlyMap<string, StackFacts>,
    { stacks, host: asked }: StacksTarget,
    { rotated, stacks: names }: Rotation,
): Promise<Holder[]> {
    const host = await hostFor(session, stacks, asked);
    return Promise.all(
        names.map(async (stack) => {
            const { key, value: declared } = facts.get(stack)?.rotated[rotated] ?? { key: rotated, value: [1] };
            const applied = partialOutputs.parse(outputsOf(await host.state(stack)))[rotated];
            return { stack, key, declared, applied };
        }),
    );
}

function isUnderWay({ declared, applied }: Holder): boolean {
    return declared.length > 1 || (applied !== undefined && !isSame(applied, declared));
}

/** What is left after the step that is declared. The last one needs no further, however far it has come. */
function stepsOf(rotated: Rotated, holder: Holder, back: boolean): Generations[] {
    return isUnderWay(holder) && holder.declared.length === 1 ? [] : stepsFrom(rotated, holder.declared, { back });
}

function refuseBack(
    rotated: Rotated,
    plans: readonly (Holder & { readonly steps: readonly Generations[] })[],
    back: boolean,
): void {
    const stuck = back ? plans.filter(({ steps }) => steps.length === 0) : [];
    const problems = stuck.map((holder): Problem => {
        const { stack, declared } = holder;
        const at = { subject: `stack ${stack}: ${rotated}`, value: JSON.stringify(declared) };
        return isUnderWay(holder)
            ? {
                  ...at,
                  rule: "the last step has begun: clusters may have dropped the other one already",
                  fix: "Run it without --back to finish.",
              }
            : {
                  ...at,
                  rule: "no rotation is under way, and what was dropped is gone, its key with it",
                  fix: "Run it without --back to begin one.",
              };
    });
    if (problems.length > 0) throw new ProblemsError(problems);
}

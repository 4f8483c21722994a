/** What happens to one custom resource: compared with the state, then left, updated, replaced or created. */
import { deleteForReplacement } from "./deletions";
import { diffProperties } from "./diff";
import type { Step, StepKind } from "../../../hosts/interface/steps";
import type { Goal } from "../protocol/goal";
import type { Inventory } from "../state/inventory";
import type { PendingOperation } from "../state/checkpoint";
import { type Diff, NotReadyError, type Provider, type Result } from "../providers/provider";
import type { ProviderRegistry } from "./providerRegistry";
import { dependentReplacements } from "./replacement";
import { markOutputs, providerState, type Resource, sameRecord } from "../state/resource";
import type { Snapshot } from "../state/snapshot";
import type { Steps } from "./steps";
import { isProviderType, parseUrn, splitReference } from "../state/urns";
import { equal, markSecrets, reveal, Secret, type Values } from "../state/values";

export class Lifecycle {
    /** URNs that this run replaces. */
    readonly #replaced = new Set<string>();

    public constructor(
        private readonly inventory: Inventory,
        private readonly snapshot: Snapshot,
        private readonly providers: ProviderRegistry,
        private readonly steps: Steps,
    ) {}

    /** @param resource The goal as a resource; gets its id, checked inputs and outputs. */
    public async apply(goal: Goal, resource: Resource, old: Resource | undefined): Promise<void> {
        const provider = isProviderType(goal.type)
            ? this.providers.lifecycle(goal.type)
            : this.providers.serving(resource.provider, goal.type);
        const live = old?.external === true || old?.pendingReplacement === true ? undefined : old;
        const check = async (olds: Resource | undefined): Promise<Values> => {
            const checked = await this.steps.attempt(stepOf(resource, "create"), (operation) =>
                provider.check(operation, olds && reveal(olds.inputs), reveal(goal.inputs)),
            );
            return markSecrets(checked, goal.inputs, provider.secretInputs?.(goal.type));
        };
        resource.inputs = await check(live);
        if (live === undefined) {
            await this.#create(
                resource,
                old,
                provider,
                stepOf(resource, old?.pendingReplacement ? "replace" : "create"),
            );
            return;
        }
        const diff = await this.#diff(goal, resource, live, provider);
        if (diff.replace.length > 0) {
            // Defaults carried over from the old resource, such as a generated name, are not the new one's.
            resource.inputs = await check(undefined);
            await this.#replace(resource, live, provider, diff);
        } else if (diff.changed.length > 0 || live.initErrors.length > 0) {
            await this.#update(resource, live, provider, diff);
        } else {
            await this.#same(resource, live, provider);
        }
    }

    async #diff(goal: Goal, resource: Resource, old: Resource, provider: Provider): Promise<Diff> {
        const because = (name: string): Diff => ({
            changed: [name],
            replace: [name],
            deleteBeforeReplace: goal.deleteBeforeReplace ?? false,
        });
        if (this.#replaced.has(resource.deletedWith)) return because("deletedWith");
        if (await this.#hasOtherProvider(resource, old)) return because("provider");
        const diff = await this.steps.attempt(stepOf(resource, "update"), (operation) =>
            provider.diff(operation, providerState(old), reveal(resource.inputs)),
        );
        return { ...diff, deleteBeforeReplace: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace };
    }

    /** Whether its provider became another one, which does not manage what the former one made. */
    async #hasOtherProvider(resource: Resource, old: Resource): Promise<boolean> {
        if (resource.provider === old.provider || isProviderType(resource.type)) return false;
        const [now, before] = [splitReference(resource.provider), splitReference(old.provider)];
        if (now.id === before.id && this.inventory.formerUrn(now.urn) === before.urn) return false;
        // The one that made it, even where another has taken its place since, in a run that failed.
        const [current, recorded] = [this.inventory.reached(now.urn), this.providers.recordedAs(old.provider)];
        if (current === undefined || recorded === undefined) return true;
        const diff = await this.steps.attempt(stepOf(current, "update"), (operation) =>
            this.providers.lifecycle(current.type).diff(operation, providerState(recorded), reveal(current.inputs)),
        );
        return diff.replace.length > 0;
    }

    async #same(resource: Resource, old: Resource, provider: Provider): Promise<void> {
        if (equal(old.inputs, resource.inputs)) resource.inputs = old.inputs;
        resource.id = old.id;
        resource.created = old.created;
        resource.modified = old.modified;
        resource.outputs = Object.fromEntries(
            Object.entries(old.outputs).map(([name, value]) => {
                const marked = value instanceof Secret || !resource.additionalSecretOutputs.includes(name);
                return [name, marked ? value : new Secret(value)];
            }),
        );
        await this.steps.run(stepOf(resource, "same"), async (operation) => {
            const repaired = this.steps.preview ? undefined : await provider.ensure?.(operation, providerState(old));
            if (repaired !== undefined) resource.outputs = markOutputs(resource, repaired);
            this.snapshot.keep(resource, old, !sameRecord(resource, old));
        });
    }

    async #update(resource: Resource, old: Resource, provider: Provider, diff: Diff): Promise<void> {
        resource.id = old.id;
        resource.created = old.created;
        const step = stepOf(resource, "update", old, diff);
        await this.steps.run(step, async (operation) => {
            const pending = await this.snapshot.begin("updating", old);
            const work = provider.update(operation, providerState(old), reveal(resource.inputs));
            await this.#settle(resource, work, pending, operation.signal, { before: old });
        });
    }

    async #replace(resource: Resource, old: Resource, provider: Provider, diff: Diff): Promise<void> {
        const step = stepOf(resource, "replace", old, diff);
        if (old.protect && resource.protect) {
            const reason = `its ${diff.replace.join(", ")} changed`;
            this.steps.fail(
                `${step.type} "${step.name}" is protected and would be replaced, since ${reason}. ` +
                    "Take `protect` off first, or undo the change.",
                step.urn,
            );
            this.steps.refuseWhenStopping();
        }
        this.#replaced.add(resource.urn);
        if (diff.deleteBeforeReplace) {
            const dependents = await dependentReplacements(old, this.snapshot.unreached, this.providers, this.steps);
            for (const dependent of dependents) this.#replaced.add(dependent.urn);
            const { snapshot, providers, steps } = this;
            await deleteForReplacement([old, ...dependents], { snapshot, providers, steps });
        }
        await this.#create(resource, old, provider, step);
    }

    /** @param old What it takes the place of: gone already, or to be deleted when the program has ended. */
    async #create(resource: Resource, old: Resource | undefined, provider: Provider, step: Step): Promise<void> {
        await this.steps.run(step, async (operation) => {
            const pending = await this.snapshot.begin("creating", resource);
            const work = provider.create(operation, reveal(resource.inputs));
            const gone = old === undefined || old.external || old.pendingReplacement;
            const { signal } = operation;
            await this.#settle(resource, work, pending, signal, gone ? { before: old } : { replaced: old });
        });
    }

    /** Records what a creation or an update left, also where the resource never became ready. */
    async #settle(
        resource: Resource,
        work: Promise<Result>,
        pending: PendingOperation,
        signal: AbortSignal,
        { before, replaced }: { readonly before?: Resource | undefined; readonly replaced?: Resource },
    ): Promise<void> {
        const take = async (result: Result): Promise<void> => {
            resource.id = result.id;
            resource.outputs = markOutputs(resource, result);
            this.steps.learn(resource.outputs);
            resource.modified = new Date().toISOString();
            resource.created ??= resource.modified;
            if (replaced !== undefined) replaced.delete = true;
            await this.snapshot.end(pending, resource, before);
        };
        try {
            await take(await work);
        } catch (error) {
            if (error instanceof NotReadyError) {
                resource.initErrors = error.reasons;
                await take(error.result);
            } else if (!signal.aborted) {
                await this.snapshot.end(pending, undefined);
            }
            // What an aborted step left is unknown: it stays pending, so that the next run looks.
            throw error;
        }
    }
}

/** @param old What it is compared with, where there is something to show. */
export function stepOf(resource: Resource, kind: StepKind, old?: Resource, diff?: Diff): Step {
    const { urn, type, inputs } = resource;
    const changes = old === undefined ? [] : diffProperties(old.inputs, inputs, diff?.changed, diff?.replace);
    return { urn, type, name: parseUrn(urn).name, kind, changes };
}

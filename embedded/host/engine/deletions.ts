/** Deletes resources after everything that needs them, side by side where nothing is in the way. */
import type { Step } from "../../../hosts/interface/steps";
import type { ProviderRegistry } from "./providerRegistry";
import { prerequisites, providerState, type Resource } from "../state/resource";
import type { Snapshot } from "../state/snapshot";
import type { Steps } from "./steps";
import { isProviderType, parseUrn } from "../state/urns";

interface Context {
    readonly snapshot: Snapshot;
    readonly providers: ProviderRegistry;
    readonly steps: Steps;
}

/** Deletes what is gone from the program, and what was replaced. */
export async function deleteAll(condemned: readonly Resource[], context: Context): Promise<void> {
    refuseProtected(condemned, context.steps);
    await inReverse(condemned, (resource) =>
        context.steps.turn(() => deleteOne(resource, condemned, context, resource.delete)),
    );
}

/** Deletes a resource and its dependents to make room for their replacements; the state keeps them as pending. */
export async function deleteForReplacement(condemned: readonly Resource[], context: Context): Promise<void> {
    refuseProtected(condemned.slice(1), context.steps);
    await inReverse(condemned, (resource) => deleteOne(resource, condemned, context, true));
}

function refuseProtected(condemned: readonly Resource[], steps: Steps): void {
    for (const { urn, type, protect, ...resource } of condemned) {
        if (!protect || resource.delete) continue;
        const { name } = parseUrn(urn);
        steps.fail(`${type} "${name}" is protected and would be deleted. Take \`protect\` off first.`, urn);
    }
    steps.refuseWhenStopping();
}

/** Calls `remove` for each resource once it was called, with success, for all that need it. */
async function inReverse(condemned: readonly Resource[], remove: (resource: Resource) => Promise<void>): Promise<void> {
    const dependents = new Map<string, Promise<void>[]>();
    const removals = condemned.toReversed().map((resource) => {
        const removal = Promise.all(dependents.get(resource.urn) ?? []).then(() => remove(resource));
        for (const urn of prerequisites(resource)) dependents.set(urn, [...(dependents.get(urn) ?? []), removal]);
        return removal;
    });
    const results = await Promise.allSettled(removals);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
}

/** @param replaced Whether it is, or will be, replaced: then the replacement is what counts. */
async function deleteOne(
    resource: Resource,
    condemned: readonly Resource[],
    { snapshot, providers, steps }: Context,
    replaced: boolean,
): Promise<void> {
    steps.refuseWhenStopping();
    const { urn, type } = resource;
    const step: Step = { urn, type, name: parseUrn(urn).name, kind: "delete", changes: [] };
    const gone = (): void => {
        resource.pendingReplacement = replaced && !resource.delete;
        if (resource.pendingReplacement) snapshot.touch();
        else snapshot.drop(resource);
    };
    if (resource.pendingReplacement) {
        snapshot.drop(resource);
    } else if (livesInStateOnly(resource, condemned)) {
        await steps.run(step, gone, !replaced && !resource.external);
    } else {
        await steps.run(
            step,
            async (operation) => {
                const pending = await snapshot.begin("deleting", resource);
                try {
                    const provider = providers.get(resource.provider);
                    if (!steps.preview) await provider.delete(operation, providerState(resource));
                    gone();
                } finally {
                    await snapshot.end(pending, undefined);
                }
            },
            !replaced,
        );
    }
}

/** Whether no provider needs to delete it. */
function livesInStateOnly(resource: Resource, condemned: readonly Resource[]): boolean {
    return (
        !resource.custom ||
        isProviderType(resource.type) ||
        resource.external ||
        condemned.some((other) => other.urn === resource.deletedWith)
    );
}

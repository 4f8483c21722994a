/** What must be replaced along with a resource. */
import { UNKNOWN } from "../providers/provider";
import type { ProviderRegistry } from "./providerRegistry";
import { providerState, type Resource } from "../state/resource";
import type { Steps } from "./steps";
import { isProviderType, parseUrn, splitReference } from "../state/urns";
import { reveal, type Values } from "../state/values";

/**
 * Recorded resources that cannot outlive `root`, which is about to be deleted before its replacement is made: those of
 * its provider, those deleted with it, and those that its replacement would replace in turn. In order of dependency.
 * @param candidates Recorded resources that the run has not reached, in order of dependency.
 */
export async function dependentReplacements(
    root: Resource,
    candidates: readonly Resource[],
    providers: ProviderRegistry,
    steps: Steps,
): Promise<Resource[]> {
    const replaced = new Set([root.urn]);
    const dependents: Resource[] = [];
    for (const resource of candidates) {
        if (resource === root || resource.delete || resource.pendingReplacement) continue;
        if (await isReplacedWith(resource, replaced, providers, steps)) {
            replaced.add(resource.urn);
            dependents.push(resource);
        }
    }
    return dependents;
}

async function isReplacedWith(
    resource: Resource,
    replaced: ReadonlySet<string>,
    providers: ProviderRegistry,
    steps: Steps,
): Promise<boolean> {
    if (!resource.custom || resource.external) return false;
    if (replaced.has(splitReference(resource.provider).urn) || replaced.has(resource.deletedWith)) return true;
    const inputs: Values = { ...resource.inputs };
    const affected = Object.keys(inputs).filter((key) =>
        resource.propertyDependencies[key]?.some((urn) => replaced.has(urn)),
    );
    if (affected.length === 0) return false;
    for (const key of affected) inputs[key] = UNKNOWN;
    const provider = isProviderType(resource.type)
        ? providers.lifecycle(resource.type)
        : providers.get(resource.provider);
    const { urn, type } = resource;
    const step = { urn, type, name: parseUrn(urn).name, kind: "replace", changes: [] } as const;
    const diff = await steps.attempt(step, (operation) =>
        provider.diff({ ...operation, preview: true }, providerState(resource), reveal(inputs)),
    );
    return diff.replace.length > 0;
}

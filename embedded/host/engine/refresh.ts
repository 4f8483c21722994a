/** Brings the state to what the providers see. */
import { diffProperties } from "./diff";
import type { Step } from "../../../hosts/interface/steps";
import type { ProviderRegistry } from "./providerRegistry";
import { markOutputs, providerState, type Resource, sameRecord } from "../state/resource";
import type { Snapshot } from "../state/snapshot";
import type { Steps } from "./steps";
import { isProviderType, parseUrn } from "../state/urns";
import { markSecrets } from "../state/values";

export async function refreshAll(snapshot: Snapshot, providers: ProviderRegistry, steps: Steps): Promise<void> {
    const resources = snapshot.resources.filter(
        (resource) => resource.custom && !isProviderType(resource.type) && !resource.pendingReplacement,
    );
    await Promise.allSettled(
        resources.map((resource) => steps.turn(() => refreshOne(resource, snapshot, providers, steps))),
    );
}

async function refreshOne(
    resource: Resource,
    snapshot: Snapshot,
    providers: ProviderRegistry,
    steps: Steps,
): Promise<void> {
    const { urn, type } = resource;
    const step: Step = { urn, type, name: parseUrn(urn).name, kind: "refresh", changes: [] };
    const provider = providers.serving(resource.provider, type);
    const found = await steps.attempt(step, (operation) =>
        provider.read(operation, resource.id, providerState(resource)),
    );
    if (found === undefined) {
        await steps.run({ ...step, kind: "delete" }, () => {
            snapshot.drop(resource);
        });
        return;
    }
    const inputs = markSecrets(found.inputs, resource.inputs, provider.secretInputs?.(type));
    const now: Resource = { ...resource, id: found.id, inputs };
    now.outputs = markOutputs(now, found);
    steps.learn(now.outputs);
    const same = sameRecord(now, resource);
    const changes = diffProperties(resource.outputs, now.outputs);
    await steps.run({ ...step, kind: same ? "same" : "refresh", changes }, () => {
        Object.assign(resource, { id: now.id, inputs: now.inputs, outputs: now.outputs });
        if (!same) snapshot.touch();
    });
}

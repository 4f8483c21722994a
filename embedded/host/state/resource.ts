/** A resource as the host keeps it; the fields are those of Pulumi's deployment format, version 3. */
import type { Goal } from "../protocol/goal";
import type { ResourceState, Result } from "../providers/provider";
import { equal, hasSecret, markSecrets, reveal, type Values } from "./values";

export interface Resource {
    readonly urn: string;
    readonly type: string;
    /** Has a provider; a component has none. */
    readonly custom: boolean;
    /** "" for a component, and until it is created. */
    id: string;
    inputs: Values;
    outputs: Values;
    /** URN, or "" for none. */
    parent: string;
    dependencies: readonly string[];
    propertyDependencies: Readonly<Record<string, readonly string[]>>;
    /** Reference `urn::id` of its provider resource, or "". */
    provider: string;
    readonly protect: boolean;
    /** Read, never made or deleted by us. */
    readonly external: boolean;
    /** URN of a resource whose deletion takes this one along, or "". */
    deletedWith: string;
    /** Why it never became ready; it is updated next time. */
    initErrors: readonly string[];
    readonly additionalSecretOutputs: readonly string[];
    /** URNs it had before. */
    readonly aliases: readonly string[];
    /** Replaced already; still to be deleted. */
    delete: boolean;
    /** Deleted already, to be created anew. */
    pendingReplacement: boolean;
    created?: string | undefined;
    modified?: string | undefined;
}

/** A goal as a resource that is still to be made. @param aliases URNs under which the state knows it. */
export function newResource(urn: string, goal: Goal, aliases: readonly string[]): Resource {
    return {
        urn,
        type: goal.type,
        custom: goal.custom,
        id: "",
        inputs: goal.inputs,
        outputs: {},
        parent: goal.parent,
        dependencies: goal.dependencies,
        propertyDependencies: goal.propertyDependencies,
        provider: goal.provider,
        protect: goal.protect ?? false,
        external: false,
        deletedWith: goal.deletedWith,
        initErrors: [],
        additionalSecretOutputs: goal.additionalSecretOutputs,
        aliases,
        delete: false,
        pendingReplacement: false,
    };
}

/** What a provider sees of a recorded resource. */
export function providerState(resource: Resource): ResourceState {
    return { id: resource.id, inputs: reveal(resource.inputs), outputs: reveal(resource.outputs) };
}

/** The outputs of a resource with their secrets marked. https://www.pulumi.com/docs/iac/concepts/secrets/ */
export function markOutputs(resource: Resource, { outputs, secretOutputs = [] }: Omit<Result, "id">): Values {
    const names = [...secretOutputs, ...resource.additionalSecretOutputs];
    if (hasSecret(resource.inputs)) names.push("__inputs");
    return markSecrets(outputs, resource.inputs, names);
}

/** URNs a resource must not outlive: what it depends on, its parent, its provider, what it is deleted with. */
export function prerequisites(resource: Resource): Set<string> {
    const urns = new Set([...resource.dependencies, ...Object.values(resource.propertyDependencies).flat()]);
    for (const urn of [resource.parent, resource.deletedWith]) if (urn !== "") urns.add(urn);
    if (resource.provider !== "") urns.add(resource.provider.slice(0, resource.provider.lastIndexOf("::")));
    return urns;
}

/** Whether the state says the same of both; times aside. */
export function sameRecord(now: Resource, before: Resource): boolean {
    const plain = (resource: Resource): string => {
        const rest = Object.entries({ ...resource, inputs: {}, outputs: {}, created: "", modified: "" });
        return JSON.stringify(rest.sort(([left], [right]) => left.localeCompare(right)));
    };
    return equal(now.inputs, before.inputs) && equal(now.outputs, before.outputs) && plain(now) === plain(before);
}

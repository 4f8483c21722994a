/** What a program asks for when it registers a resource. */
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { makeUrn, parseUrn } from "../state/urns";
import { fromWire, type Values } from "../state/values";

export interface Goal {
    readonly type: string;
    readonly name: string;
    readonly custom: boolean;
    readonly parent: string;
    readonly inputs: Values;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    /** Reference of an explicit provider, or "". */
    readonly provider: string;
    /** Version of the SDK's package, or "" where `packageRef` names one. */
    readonly version: string;
    readonly packageRef: string;
    /** undefined: as the parent's. */
    readonly protect: boolean | undefined;
    /** undefined: as the provider says. */
    readonly deleteBeforeReplace: boolean | undefined;
    readonly deletedWith: string;
    readonly additionalSecretOutputs: readonly string[];
    /** URNs it may be recorded under, given the aliases that the program wrote on it. */
    readonly aliases: readonly string[];
}

/** A goal that asks for nothing in particular. */
export const NO_OPTIONS: Omit<Goal, "type" | "name" | "custom"> = {
    parent: "",
    inputs: {},
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    version: "",
    packageRef: "",
    protect: undefined,
    deleteBeforeReplace: undefined,
    deletedWith: "",
    additionalSecretOutputs: [],
    aliases: [],
};

/** @throws Error naming the resource and each option that the host does not serve. */
export function readGoal(request: RegisterResourceRequest, stack: string, project: string): Goal {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const refused = Object.keys(REFUSED_OPTIONS).filter((option) => REFUSED_OPTIONS[option]?.(request));
    if (refused.length > 0) {
        throw new Error(
            `${type} "${name}" uses what the embedded host does not serve: ${refused.join(", ")}. ` +
                "Leave it out, or run the program with the Pulumi CLI.",
        );
    }
    return {
        type,
        name,
        parent,
        custom: request.getCustom(),
        inputs: fromWire(request.getObject()),
        dependencies: request.getDependenciesList(),
        propertyDependencies: Object.fromEntries(
            request
                .getPropertydependenciesMap()
                .toArray()
                .map(([key]) => [key, request.getPropertydependenciesMap().get(key)?.getUrnsList() ?? []]),
        ),
        provider: request.getProvider(),
        version: request.getVersion(),
        packageRef: request.getPackageref(),
        protect: request.hasProtect() ? request.getProtect() : undefined,
        deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
        deletedWith: request.getDeletedwith(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        aliases: request.getAliasesList().map((alias) => aliasUrn(alias, { type, name, parent, stack, project })),
    };
}

/** What Pulumi's engine, and not its SDK, takes over from the parent where a resource says nothing itself. */
export function inherit(goal: Goal, parent: { readonly protect: boolean; readonly deletedWith: string }): Goal {
    return {
        ...goal,
        protect: goal.protect ?? parent.protect,
        deletedWith: goal.deletedWith || parent.deletedWith,
    };
}

/** Options that the host would have to ignore, and so refuses: whether a request sets them. */
export const REFUSED_OPTIONS: Readonly<Record<string, (request: RegisterResourceRequest) => boolean>> = {
    "a remote component": (request) => request.getRemote(),
    import: (request) => request.getImportid() !== "",
    ignoreChanges: (request) => request.getIgnorechangesList().length > 0,
    replaceOnChanges: (request) => request.getReplaceonchangesList().length > 0,
    retainOnDelete: (request) => request.getRetainondelete() === true,
    customTimeouts: (request) =>
        Object.values(request.getCustomtimeouts()?.toObject() ?? {}).some((text) => text !== ""),
    hooks: (request) => request.hasHooks(),
    replaceWith: (request) => request.getReplaceWithList().length > 0,
    replacementTrigger: (request) => request.hasReplacementTrigger(),
    hideDiffs: (request) => request.getHidediffsList().length > 0,
    envVarMappings: (request) => request.getEnvvarmappingsMap().getLength() > 0,
};

interface Identity {
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly stack: string;
    readonly project: string;
}

/** What an alias leaves out is as it is now. https://www.pulumi.com/docs/iac/concepts/options/aliases/ */
function aliasUrn(alias: Alias, now: Identity): string {
    const spec = alias.getSpec();
    if (spec === undefined) return alias.getUrn();
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || now.parent;
    return makeUrn(
        spec.getStack() || now.stack,
        spec.getProject() || now.project,
        parent,
        spec.getType() || now.type,
        spec.getName() || now.name,
    );
}

/**
 * URNs a resource may be recorded under: its own aliases, and those that follow from its parent's. A child whose name
 * begins with its parent's name is taken to be renamed along with it, as Pulumi does.
 * @param formerParent URN under which the state knows the parent, where that is another one.
 */
export function allAliases(goal: Goal, stack: string, project: string, formerParent: string | undefined): string[] {
    if (formerParent === undefined) return [...goal.aliases];
    const parentName = parseUrn(goal.parent).name;
    const inherit = (type: string, name: string): string => {
        const former = name.startsWith(parentName) ? parseUrn(formerParent).name + name.slice(parentName.length) : name;
        return makeUrn(stack, project, formerParent, type, former);
    };
    const own = goal.aliases.map(parseUrn).map(({ type, name }) => inherit(type, name));
    return [...goal.aliases, inherit(goal.type, goal.name), ...own];
}

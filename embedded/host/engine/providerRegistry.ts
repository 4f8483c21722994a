/** The providers of a run: one a provider resource, configured with its inputs. */
import { randomUUID } from "node:crypto";
import {
    type Properties,
    type Provider,
    type ProviderPackage,
    type ResourceState,
    UNKNOWN,
} from "../providers/provider";
import type { Resource } from "../state/resource";
import { packageOf, splitReference } from "../state/urns";
import { hasUnknown, reveal } from "../state/values";

/** Inputs of a provider resource that are the engine's own: not the package's business. */
const ENGINE_KEYS = ["version", "__internal"];

export class ProviderRegistry {
    readonly #packages: ReadonlyMap<string, ProviderPackage>;
    readonly #providers = new Map<string, Provider>();
    readonly #unconfigured = new Set<string>();

    /** @param recorded Provider resources of the state, for resources that the program no longer mentions. */
    public constructor(
        packages: readonly ProviderPackage[],
        private readonly recorded: readonly Resource[],
    ) {
        this.#packages = new Map(packages.map((item) => [item.name, item]));
    }

    /** What makes, changes and compares the provider resources of a package. */
    public lifecycle(type: string): Provider {
        return providerLifecycle(this.#package(packageOf(type)));
    }

    /** Makes the provider of a provider resource. */
    public configure(resource: Resource): Provider {
        const reference = `${resource.urn}::${resource.id}`;
        const provider = this.#package(packageOf(resource.type)).configure(configOf(reveal(resource.inputs)));
        this.#providers.set(reference, provider);
        if (hasUnknown(resource.inputs)) this.#unconfigured.add(reference);
        return provider;
    }

    /** Whether a preview cannot know yet what this provider talks to. */
    public isUnconfigured(reference: string): boolean {
        return this.#unconfigured.has(reference);
    }

    public get(reference: string): Provider {
        const known = this.#providers.get(reference);
        if (known !== undefined) return known;
        const resource = this.recordedAs(reference);
        if (resource === undefined) throw new Error(`the provider ${reference} is not in the stack's state`);
        return this.configure(resource);
    }

    /** The provider resource of a reference in the state, also one that was replaced. */
    public recordedAs(reference: string): Resource | undefined {
        const { urn, id } = splitReference(reference);
        return this.recorded.find((item) => item.urn === urn && item.id === id);
    }

    /** @throws Error when the provider does not serve the type. */
    public serving(reference: string, type: string): Provider {
        const provider = this.get(reference);
        if (provider.serves(type)) return provider;
        throw new Error(`the embedded host does not serve resources of type ${type}; use the Pulumi CLI`);
    }

    #package(name: string): ProviderPackage {
        const found = this.#packages.get(name);
        if (found !== undefined) return found;
        const served = [...this.#packages.keys()].join(", ");
        throw new Error(`the embedded host does not serve package "${name}", only ${served}; use the Pulumi CLI`);
    }
}

function configOf(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => !ENGINE_KEYS.includes(key)));
}

function engineOf(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => ENGINE_KEYS.includes(key)));
}

/** Provider resources as a provider: they exist in the state only. */
function providerLifecycle(own: ProviderPackage): Provider {
    const noRead = (): never => {
        throw new Error("a provider resource cannot be read");
    };
    return {
        serves: () => true,
        check: (_operation, _olds, news) => Promise.resolve({ ...own.checkConfig(configOf(news)), ...engineOf(news) }),
        diff: (_operation, old: ResourceState, news) => {
            const diff = own.diffConfig(configOf(old.inputs), configOf(news));
            const upgraded = old.inputs["version"] !== news["version"];
            return Promise.resolve(upgraded ? { ...diff, changed: [...diff.changed, "version"] } : diff);
        },
        create: ({ preview }, inputs) =>
            Promise.resolve({ id: preview ? UNKNOWN : randomUUID(), outputs: configAndVersion(inputs) }),
        update: (_operation, old, news) => Promise.resolve({ id: old.id, outputs: configAndVersion(news) }),
        read: noRead,
        delete: () => Promise.resolve(),
    };
}

/** Pulumi does not repeat `__internal` in the outputs. */
function configAndVersion(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== "__internal"));
}

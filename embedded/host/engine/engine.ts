/** Takes what a program registers, in whatever order it comes, and brings the stack to it. */
import type { Config } from "../config";
import { deleteAll } from "./deletions";
import { allAliases, type Goal, inherit, NO_OPTIONS } from "../protocol/goal";
import { Inventory } from "../state/inventory";
import { Lifecycle, stepOf } from "./lifecycle";
import { PackageRegistry } from "./packageRegistry";
import { UNKNOWN } from "../providers/provider";
import type { ProviderRegistry } from "./providerRegistry";
import { newResource, providerState, type Resource, sameRecord } from "../state/resource";
import type { Snapshot } from "../state/snapshot";
import type { Steps } from "./steps";
import { isProviderType, makeUrn, packageOf, providerType, STACK_TYPE } from "../state/urns";
import { equal, markSecrets, Secret, type Values } from "../state/values";

export interface EngineOptions {
    readonly stack: string;
    readonly project: string;
    readonly config: Config;
}

/** What a program learns of a resource it registered or read. */
export interface Registered {
    readonly urn: string;
    readonly id: string;
    readonly outputs: Values;
}

/** What a program asks for when it reads a resource that it does not manage. */
export type ReadGoal = Pick<
    Goal,
    "type" | "name" | "parent" | "dependencies" | "provider" | "version" | "packageRef" | "additionalSecretOutputs"
> & { readonly id: string };

export class Engine {
    public readonly packages = new PackageRegistry();
    readonly #inventory: Inventory;
    readonly #lifecycle: Lifecycle;
    /** References of default providers, by package and version. */
    readonly #defaults = new Map<string, Promise<string>>();
    /** Records the outputs of the stack. A program that failed registers none, and those of its last success stay. */
    #ofStack: () => void = () => undefined;

    public constructor(
        private readonly options: EngineOptions,
        private readonly snapshot: Snapshot,
        private readonly providers: ProviderRegistry,
        private readonly steps: Steps,
    ) {
        this.#inventory = new Inventory(snapshot.resources);
        this.#lifecycle = new Lifecycle(this.#inventory, snapshot, providers, steps);
    }

    public async register(asked: Goal): Promise<Registered> {
        this.steps.refuseWhenStopping();
        const { stack, project } = this.options;
        const parent = this.#inventory.reached(asked.parent);
        const goal = parent === undefined ? asked : inherit(asked, parent);
        this.steps.learn(goal.inputs);
        const urn = makeUrn(stack, project, goal.parent, goal.type, goal.name);
        this.#inventory.claim(urn);
        const aliases = allAliases(goal, stack, project, this.#inventory.formerUrn(goal.parent));
        const old = this.#inventory.takeOld(urn, aliases);
        const former = this.#inventory.formerUrn(urn);
        if (former !== undefined) this.snapshot.rename(former, urn);
        const resource = newResource(urn, goal, former === undefined ? [] : [former]);
        if (!goal.custom) {
            await this.#component(resource, old);
        } else if (isProviderType(goal.type)) {
            const { inputs } = this.packages.resolve(goal.packageRef, goal.version);
            const complete = { ...goal, inputs: { ...goal.inputs, ...inputs } };
            await this.steps.turn(() => this.#lifecycle.apply(complete, resource, old));
            this.providers.configure(resource);
        } else {
            resource.provider = goal.provider === "" ? await this.#defaultProvider(goal) : goal.provider;
            await this.steps.turn(() => this.#lifecycle.apply(goal, resource, old));
        }
        this.#inventory.reach(resource);
        // A component's outputs reach the program as the values it gave itself.
        return goal.custom ? resource : { urn, id: "", outputs: {} };
    }

    async #component(resource: Resource, old: Resource | undefined): Promise<void> {
        if (old !== undefined && equal(old.inputs, resource.inputs)) resource.inputs = old.inputs;
        const kind = old === undefined ? "create" : resource.inputs === old.inputs ? "same" : "update";
        const now = new Date().toISOString();
        resource.outputs = old?.outputs ?? {};
        resource.created = old?.created ?? now;
        resource.modified = kind === "same" ? old?.modified : now;
        await this.steps.run(stepOf(resource, kind, kind === "update" ? old : undefined), () => {
            this.snapshot.keep(resource, old, old === undefined || !sameRecord(resource, old));
        });
    }

    /** Records the outputs of a component, or of the stack. */
    public registerOutputs(urn: string, outputs: Values): void {
        const resource = this.#inventory.reached(urn);
        if (resource === undefined) throw new Error(`outputs for ${urn}, which was not registered`);
        this.steps.learn(outputs);
        if (resource.type === STACK_TYPE)
            this.#ofStack = () => {
                this.#setOutputs(resource, outputs);
            };
        else this.#setOutputs(resource, outputs);
    }

    #setOutputs(resource: Resource, outputs: Values): void {
        if (equal(resource.outputs, outputs)) return;
        resource.outputs = outputs;
        this.snapshot.touch();
    }

    /** Reads a resource that the program does not manage; a preview may not be able to. */
    public async read(goal: ReadGoal): Promise<Registered> {
        this.steps.refuseWhenStopping();
        const urn = makeUrn(this.options.stack, this.options.project, goal.parent, goal.type, goal.name);
        this.#inventory.claim(urn);
        const old = this.#inventory.takeOld(urn, []);
        const reference = goal.provider === "" ? await this.#defaultProvider(goal) : goal.provider;
        const provider = this.providers.serving(reference, goal.type);
        const resource = newResource(urn, { ...NO_OPTIONS, ...goal, custom: true }, []);
        const unknown = goal.id === "" || goal.id === UNKNOWN || this.providers.isUnconfigured(reference);
        if (unknown) return { urn, id: goal.id, outputs: {} };
        return await this.steps.turn(() =>
            this.steps.run(stepOf(resource, "read"), async (operation) => {
                const external = old?.external === true ? old : undefined;
                const result = await provider.read(operation, goal.id, external && providerState(external));
                if (result === undefined) throw new Error(`there is no such resource with id "${goal.id}"`);
                const names = [...(result.secretOutputs ?? []), ...goal.additionalSecretOutputs];
                const found: Resource = {
                    ...resource,
                    id: result.id,
                    provider: reference,
                    inputs: markSecrets(result.inputs, {}),
                    outputs: markSecrets(result.outputs, {}, names),
                    external: true,
                };
                this.steps.learn(found.outputs);
                // A resource that was ours before is deleted in the end, as Pulumi does.
                if (old !== undefined && external === undefined) old.delete = true;
                this.snapshot.keep(found, external, external === undefined || !sameRecord(found, external));
                return found;
            }),
        );
    }

    /** After the program: deletes what it no longer registers, and what was replaced. */
    public async finish(): Promise<void> {
        const { snapshot, providers, steps } = this;
        this.#ofStack();
        await deleteAll(snapshot.unreached, { snapshot, providers, steps });
        snapshot.forgetCutOff();
    }

    /** Registers the default provider of a package once. https://www.pulumi.com/docs/iac/concepts/providers/ */
    #defaultProvider(goal: Pick<Goal, "type" | "version" | "packageRef">): Promise<string> {
        const name = packageOf(goal.type);
        const { version } = this.packages.resolve(goal.packageRef, goal.version);
        const key = `${name}@${version}`;
        const reference = this.#defaults.get(key) ?? this.#registerDefault(name, version, goal);
        this.#defaults.set(key, reference);
        return reference;
    }

    async #registerDefault(name: string, version: string, goal: Pick<Goal, "version" | "packageRef">): Promise<string> {
        const { values, secretKeys } = this.options.config;
        const inputs: Values = {};
        for (const [key, value] of Object.entries(values)) {
            if (!key.startsWith(`${name}:`)) continue;
            inputs[key.slice(name.length + 1)] = secretKeys.includes(key) ? new Secret(value) : value;
        }
        const { urn, id } = await this.register({
            ...NO_OPTIONS,
            type: providerType(name),
            name: version === "" ? "default" : `default_${version.replaceAll(/[^A-Za-z0-9]/g, "_")}`,
            custom: true,
            inputs,
            version: goal.version,
            packageRef: goal.packageRef,
        });
        return `${urn}::${id}`;
    }
}

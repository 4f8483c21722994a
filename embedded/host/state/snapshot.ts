/**
 * The resources of a stack while a run changes them. What the run has dealt with comes first, in the order in which it
 * was done, then what it has not reached yet, in its old order: so everything follows what it depends on.
 */
import type { Checkpoint, PendingOperation, PendingType } from "./checkpoint";
import type { Resource } from "./resource";

/** Writes a checkpoint; undefined in a preview. */
export type Save = (checkpoint: Checkpoint) => Promise<void>;

export class Snapshot {
    readonly #done = new Set<Resource>();
    readonly #base: Set<Resource>;
    #cutOff: readonly PendingOperation[];
    readonly #pending = new Set<PendingOperation>();
    /** URNs that aliases replaced, so that what is not reached yet refers to the new ones. */
    readonly #renamed = new Map<string, string>();
    #unsaved = false;
    #writing: Promise<void> = Promise.resolve();
    #next: Promise<void> | undefined;

    /** @param cutOff Operations that an earlier run did not end: remembered until this one takes them up. */
    public constructor(
        resources: readonly Resource[],
        cutOff: readonly PendingOperation[],
        private readonly save: Save | undefined,
    ) {
        this.#base = new Set(resources);
        this.#cutOff = cutOff;
    }

    public get resources(): Resource[] {
        return [...this.#done, ...this.#base];
    }

    /** What the run has not reached, and what it replaced. */
    public get unreached(): Resource[] {
        return [...this.#base];
    }

    /** Records that a step is under way. */
    public async begin(type: PendingType, resource: Resource): Promise<PendingOperation> {
        const operation = { type, resource };
        this.#cutOff = this.#cutOff.filter((earlier) => earlier.resource.urn !== resource.urn);
        this.#pending.add(operation);
        await this.#write();
        return operation;
    }

    /** Records what a step left: `now` takes the place of `before`. Unknown `before` and undefined are allowed. */
    public async end(operation: PendingOperation, now: Resource | undefined, before?: Resource): Promise<void> {
        this.#pending.delete(operation);
        this.#replace(now, before);
        await this.#write();
    }

    /** Records a resource that needs no provider's work. @param changed Whether the state says something new about it. */
    public keep(now: Resource, before: Resource | undefined, changed: boolean): void {
        this.#replace(now, before);
        if (changed) this.touch();
    }

    /** Forgets a resource that needs no provider's work. */
    public drop(resource: Resource): void {
        this.#replace(undefined, resource);
        this.touch();
    }

    /** A resource was changed in place. What no provider did can wait for the next write. */
    public touch(): void {
        this.#unsaved = true;
    }

    /** After a run that succeeded: what it did not take up is no longer wanted. */
    public forgetCutOff(): void {
        if (this.#cutOff.length > 0) this.touch();
        this.#cutOff = [];
    }

    /** Writes what is not written yet. */
    public async saved(): Promise<void> {
        await (this.#unsaved ? this.#write() : (this.#next ?? this.#writing));
    }

    public rename(before: string, now: string): void {
        this.#renamed.set(before, now);
    }

    #replace(now: Resource | undefined, before: Resource | undefined): void {
        if (before !== undefined && before !== now) {
            this.#base.delete(before);
            this.#done.delete(before);
        }
        if (now === undefined) return;
        this.#base.delete(now);
        this.#done.add(now);
    }

    /** Steps that end while a write runs share the next one. */
    #write(): Promise<void> {
        const { save } = this;
        if (save === undefined) return Promise.resolve();
        this.#next ??= this.#writing.then(() => {
            this.#next = undefined;
            this.#unsaved = false;
            this.#writing = save({ resources: this.#current(), pending: [...this.#cutOff, ...this.#pending] });
            return this.#writing;
        });
        return this.#next;
    }

    /** The resources, with references by URNs that are still there. */
    #current(): Resource[] {
        const resources = this.resources;
        const known = new Set(resources.map((resource) => resource.urn));
        const now = (urn: string): string => this.#renamed.get(urn) ?? urn;
        const list = (urns: readonly string[]): string[] => urns.map(now).filter((urn) => known.has(urn));
        const one = (urn: string): string => (known.has(now(urn)) ? now(urn) : "");
        return resources.map((resource) => ({
            ...resource,
            parent: one(resource.parent),
            deletedWith: one(resource.deletedWith),
            provider: this.#renamedProvider(resource.provider),
            dependencies: list(resource.dependencies),
            propertyDependencies: Object.fromEntries(
                Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, list(urns)]),
            ),
        }));
    }

    #renamedProvider(reference: string): string {
        const at = reference.lastIndexOf("::");
        const renamed = this.#renamed.get(reference.slice(0, at));
        return renamed === undefined ? reference : renamed + reference.slice(at);
    }
}

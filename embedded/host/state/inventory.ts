/** Which recorded resource is which registered one. */
import { parseUrn } from "./urns";
import type { Resource } from "./resource";

export class Inventory {
    readonly #olds: ReadonlyMap<string, Resource>;
    readonly #claimed = new Set<string>();
    readonly #formerUrns = new Map<string, string>();
    readonly #reached = new Map<string, Resource>();

    public constructor(recorded: readonly Resource[]) {
        this.#olds = new Map(
            recorded.filter((resource) => !resource.delete).map((resource) => [resource.urn, resource]),
        );
    }

    /** @throws Error when the program registers a URN twice. */
    public claim(urn: string): void {
        if (this.#claimed.has(urn)) {
            const { type, name } = parseUrn(urn);
            throw new Error(`there are two resources ${type} "${name}" with one parent; give one another name`);
        }
        this.#claimed.add(urn);
    }

    /** The recorded resource of a URN, or of the first alias that has one. */
    public takeOld(urn: string, aliases: readonly string[]): Resource | undefined {
        const own = this.#olds.get(urn);
        if (own !== undefined) return own;
        for (const alias of aliases) {
            const old = this.#olds.get(alias);
            if (old === undefined || this.#claimed.has(alias)) continue;
            this.#claimed.add(alias);
            this.#formerUrns.set(urn, alias);
            return old;
        }
        return undefined;
    }

    /** URN under which the state knows a renamed resource. */
    public formerUrn(urn: string): string | undefined {
        return this.#formerUrns.get(urn);
    }

    public reach(resource: Resource): void {
        this.#reached.set(resource.urn, resource);
    }

    /** A resource of this run. */
    public reached(urn: string): Resource | undefined {
        return this.#reached.get(urn);
    }
}

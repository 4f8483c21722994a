/** A resource package in memory. */
import {
    type Diff,
    NotReadyError,
    type Operation,
    type Properties,
    type Provider,
    type ProviderPackage,
    type Result,
    UNKNOWN,
} from "../../../../embedded/host/providers/provider";
import { ProblemsError } from "../../../../shared/problems";

/** What exists, and what was done. Inputs steer it: `immutable` and `unique` need replacement, `delay` takes that long. */
export class FakeWorld implements ProviderPackage {
    public readonly name = "fake";
    public readonly version = "1.2.3";
    /** By id. */
    public readonly things = new Map<string, Properties>();
    /** `create a`, `delete a`, in the order of their ends. */
    public readonly calls: string[] = [];
    /** Names whose creation or update fails. */
    public readonly broken = new Set<string>();
    /** Names that are made and never become ready. */
    public readonly unready = new Set<string>();
    /** Names whose creation found itself interrupted before. */
    public readonly resumed: string[] = [];
    public running = 0;
    public mostRunning = 0;
    #serial = 0;

    public checkConfig(inputs: Properties): Properties {
        return inputs;
    }

    public diffConfig(olds: Properties, news: Properties): Diff {
        return compare(olds, news, ["account"]);
    }

    public configure(config: Properties): Provider {
        const account = JSON.stringify(config["account"] ?? null);
        return {
            serves: (type) => type === "fake:index:Thing",
            check: (_operation, _olds, news) => {
                if (news["bad"] === undefined) return Promise.resolve({ size: 1, ...news });
                const rule = "no such property";
                return Promise.reject(new ProblemsError([{ subject: "bad", rule, fix: "Leave it out." }]));
            },
            diff: (_operation, old, news) => Promise.resolve(compare(old.inputs, news, ["immutable", "unique"])),
            create: async (operation, inputs) => {
                if (operation.preview) return this.#result("", this.#outputs(operation, inputs, account, UNKNOWN));
                return await this.#work("create", operation, inputs, () => {
                    if (operation.interrupted) this.resumed.push(operation.name);
                    return this.#put(`${operation.name}-${++this.#serial}`, operation, inputs, account);
                });
            },
            update: async (operation, old, news) => {
                if (operation.preview) return this.#result(old.id, this.#outputs(operation, news, account, old.id));
                return await this.#work("update", operation, news, () => this.#put(old.id, operation, news, account));
            },
            read: (operation, id, old) => {
                const found = this.things.get(id);
                if (found === undefined) return Promise.resolve(undefined);
                return Promise.resolve({ ...this.#result(id, found), inputs: old?.inputs ?? { name: operation.name } });
            },
            delete: async (operation, old) => {
                await this.#work("delete", operation, old.inputs, () => {
                    this.things.delete(old.id);
                    return { id: old.id, outputs: {} };
                });
            },
        };
    }

    #put(id: string, operation: Operation, inputs: Properties, account: string): Result {
        const outputs = this.#outputs(operation, inputs, account, id);
        this.things.set(id, outputs);
        return this.#result(id, outputs);
    }

    #result(id: string, outputs: Properties): Result {
        return { id, outputs, secretOutputs: ["token"] };
    }

    #outputs({ name }: Operation, inputs: Properties, account: string, id: string): Properties {
        return { ...inputs, account, out: id === UNKNOWN ? UNKNOWN : `${name} out`, token: `token of ${id}` };
    }

    async #work(verb: string, operation: Operation, inputs: Properties, act: () => Result): Promise<Result> {
        const { name, signal, progress } = operation;
        this.mostRunning = Math.max(this.mostRunning, ++this.running);
        try {
            const until = Date.now() + Number(inputs["delay"] ?? 0);
            while (Date.now() < until) {
                progress(`waiting for ${name}`);
                if (signal.aborted) throw new Error("aborted");
                await new Promise((resolve) => setTimeout(resolve, 10));
            }
            if (this.broken.has(name)) throw new Error(`cannot ${verb} with key ${JSON.stringify(inputs["key"])}`);
            const result = act();
            this.calls.push(`${verb} ${name}`);
            if (verb !== "delete" && this.unready.has(name))
                throw new NotReadyError("not ready", result, ["0 of 1 up"]);
            return result;
        } finally {
            this.running--;
        }
    }
}

function compare(olds: Properties, news: Properties, needNew: readonly string[]): Diff {
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    const replace = changed.filter((key) => needNew.includes(key));
    return { changed, replace, deleteBeforeReplace: replace.includes("unique") };
}

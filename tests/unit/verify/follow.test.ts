/** The wait for objects by a watch, on an informer that tests move. */
import { expect } from "chai";
import { type Informer, type KubernetesObject, type ObjectCache, V1ObjectMeta } from "@kubernetes/client-node";
import { follow } from "../../../verify/observe/follow";

type Verb = "change" | "error" | "connect" | "add" | "update" | "delete";

/** Lists its objects one by one, as the library's does. */
class FakeInformer implements Informer<KubernetesObject>, ObjectCache<KubernetesObject> {
    public started = 0;
    public stopped = 0;
    private readonly listeners: { verb: Verb; tell: (object: KubernetesObject) => void }[] = [];
    private objects: KubernetesObject[] = [];

    public constructor(private readonly first: readonly string[]) {}

    public on(verb: Verb, tell: (object: KubernetesObject) => void): void {
        this.listeners.push({ verb, tell });
    }

    public off(): void {
        throw new Error("nobody needs it");
    }

    public start(): Promise<void> {
        this.started += 1;
        this.objects = [];
        for (const name of this.first) this.add(name);
        return Promise.resolve();
    }

    public stop(): Promise<void> {
        this.stopped += 1;
        return Promise.resolve();
    }

    public get(): undefined {
        return undefined;
    }

    public list(): readonly KubernetesObject[] {
        return this.objects;
    }

    public add(name: string): void {
        this.objects = [...this.objects, { metadata: Object.assign(new V1ObjectMeta(), { name }) }];
        this.tell("change");
    }

    public remove(name: string): void {
        this.objects = this.objects.filter(({ metadata }) => metadata?.name !== name);
        this.tell("change");
    }

    public tell(verb: Verb): void {
        for (const listener of this.listeners) if (listener.verb === verb) listener.tell({});
    }
}

const never = new AbortController().signal;
const lacks =
    (name: string) =>
    (objects: readonly KubernetesObject[]): boolean =>
        !objects.some(({ metadata }) => metadata?.name === name);

describe("the wait for objects", () => {
    it("looks at all of them, not at the first of a list", async () => {
        const informer = new FakeInformer(["a", "b"]);
        const done = follow(informer, lacks("b"), never);
        await Promise.resolve();
        informer.remove("b");
        expect(await done).to.equal(true);
        expect([informer.started, informer.stopped]).to.deep.equal([1, 1]);
    });

    it("ends at once when there is nothing to wait for", async () => {
        expect(await follow(new FakeInformer([]), lacks("b"), never)).to.equal(true);
    });

    it("begins anew when the watch breaks off", async () => {
        const informer = new FakeInformer(["b"]);
        const done = follow(informer, lacks("b"), never);
        await Promise.resolve();
        informer.tell("error");
        while (informer.started < 2) await new Promise((resolve) => setTimeout(resolve, 50));
        informer.remove("b");
        expect(await done).to.equal(true);
    });

    it("gives up at its end, before it began or later", async () => {
        const later = new AbortController();
        const done = follow(new FakeInformer(["b"]), lacks("b"), later.signal);
        later.abort();
        expect(await done).to.equal(false);
        expect(await follow(new FakeInformer([]), lacks("b"), AbortSignal.abort())).to.equal(false);
    });

    it("passes on what the look throws", async () => {
        const wrong = (): boolean => {
            throw new Error("no such image");
        };
        const failure: unknown = await follow(new FakeInformer([]), wrong, never).catch((error: unknown) => error);
        expect(failure).to.be.an("error").with.property("message", "no such image");
    });
});

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { withLock } from "../../../../embedded/localClusters/home/lock";
import { waitFor } from "../../../../shared/wait";

/** The error with which it fails. */
async function failureOf(work: Promise<unknown>): Promise<Error> {
    return work.then(
        () => expect.fail("did not fail"),
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
}

describe("locks", () => {
    const scratch = mkdtempSync(path.join(os.tmpdir(), "lock-"));
    const file = path.join(scratch, "west");

    after(() => {
        rmSync(scratch, { recursive: true });
    });

    it("let one at a time work, and leave nothing", async () => {
        const events: string[] = [];
        const work = (name: string) => async () => {
            events.push(`${name} begins`);
            await setTimeout(50);
            events.push(`${name} ends`);
        };
        await Promise.all([withLock(file, 5, work("a")), withLock(file, 5, work("b"))]);
        const [first] = events;
        const order = first === "a begins" ? ["a", "b"] : ["b", "a"];
        expect(events).to.deep.equal(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
        expect(readdirSync(scratch)).to.deep.equal([]);
    });

    it("are released when the work fails, and say which is held", async () => {
        const inner = (): Promise<void> => withLock(file, 1, () => Promise.resolve());
        const failure = await failureOf(withLock(file, 1, inner));
        expect(failure.message).to.equal(
            `waited 1 s for another run to release ${file}.lock; end that run and try again`,
        );
        await inner();
    });
});

describe("waits", () => {
    it("end with the first success", async () => {
        let tries = 0;
        const result = await waitFor("luck", 5, () => {
            tries += 1;
            if (tries < 3) {
                throw new Error("not yet");
            }
            return tries;
        });
        expect(result).to.equal(3);
    });

    it("say what they waited for and what they saw last", async () => {
        const failure = await failureOf(
            waitFor("node west to be Ready", 0.05, () => Promise.reject(new Error("NotReady"))),
        );
        expect(failure.message).to.equal("waited 0.05 s for node west to be Ready; last seen: NotReady");
    });

    it("end with the reason of their signal", async () => {
        const ended = new AbortController();
        const wait = waitFor("nothing", 60, () => Promise.reject(new Error("no")), ended.signal);
        ended.abort(new Error("the user has had enough"));
        expect((await failureOf(wait)).message).to.equal("the user has had enough");
    });
});

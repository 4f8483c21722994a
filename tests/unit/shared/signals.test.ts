import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { anySignal } from "../../../shared/signals";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("the end of work", () => {
    it("comes after its time, though nobody but a listener holds the signal", async () => {
        const outer = new AbortController();
        let ended = 0;
        for (let count = 0; count < 20; count++) {
            anySignal([outer.signal], 100).addEventListener("abort", () => (ended += 1));
        }
        for (let count = 0; count < 4; count++) {
            collectGarbage();
            await sleep(50);
        }
        expect(ended).to.equal(20);
    });

    it("comes with the first of others, for its reason", () => {
        const [first, second] = [new AbortController(), new AbortController()];
        const signal = anySignal([first.signal, second.signal]);
        expect(signal.aborted).to.equal(false);
        second.abort(new Error("enough"));
        first.abort(new Error("too late"));
        expect(signal.reason).to.be.an("error").with.property("message", "enough");
    });

    it("has come when one of others has ended before", () => {
        expect(anySignal([AbortSignal.abort("over")], 1_000).reason).to.equal("over");
    });

    it("says that its time is over", async () => {
        const signal = anySignal([], 1);
        await sleep(20);
        expect(signal.reason).to.have.property("name", "TimeoutError");
    });
});

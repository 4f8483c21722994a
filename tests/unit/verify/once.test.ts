import { expect } from "chai";
import { once } from "../../../verify/observe/once";

class Oracle {
    public asked = 0;

    public constructor(public readonly remembers: boolean) {}

    @once
    public async answer(question: string, detail?: string): Promise<string> {
        this.asked++;
        return Promise.resolve(`${question} ${detail ?? ""}`.trim());
    }
}

describe("once", () => {
    it("asks once for the same arguments, in each object", async () => {
        const [oracle, other] = [new Oracle(true), new Oracle(true)];
        expect(await Promise.all([oracle.answer("a"), oracle.answer("a"), oracle.answer("a", "b")])).to.deep.equal([
            "a",
            "a",
            "a b",
        ]);
        expect(oracle.asked).to.equal(2);
        expect(await other.answer("a")).to.equal("a");
        expect(other.asked).to.equal(1);
    });

    it("asks anew where nothing is remembered", async () => {
        const oracle = new Oracle(false);
        await Promise.all([oracle.answer("a"), oracle.answer("a")]);
        expect(oracle.asked).to.equal(2);
    });
});

import { expect } from "chai";
import { withGenerations } from "../../../cli/rotate/settings";

const KEY = "istio-multicluster:roots";
const FILE = "# The quick start.\nconfig:\n  istio-multicluster:ownsRoot: true # signs\n";

describe("the setting `roots` in a stack's file", () => {
    it("is written beside what is there, and removed where it is the default", () => {
        const rotating = withGenerations(FILE, KEY, [1, 2]);
        expect(rotating).to.equal(`${FILE}  istio-multicluster:roots: [1, 2]\n`);
        expect(withGenerations(rotating, KEY, [2, 1])).to.equal(`${FILE}  istio-multicluster:roots: [2, 1]\n`);
        expect(withGenerations(rotating, KEY, [1])).to.equal(FILE);
    });

    it("keeps the key as it is written", () => {
        expect(withGenerations("config:\n  roots: [1, 2]\n", KEY, [2])).to.equal("config:\n  roots: [2]\n");
    });
});

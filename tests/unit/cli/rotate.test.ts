import { expect } from "chai";
import { withRoots } from "../../../cli/rotate/settings";

const KEY = "istio-multicluster:roots";
const FILE = "# The quick start.\nconfig:\n  istio-multicluster:ownsRoot: true # signs\n";

describe("the setting `roots` in a stack's file", () => {
    it("is written beside what is there, and removed where it is the default", () => {
        const rotating = withRoots(FILE, KEY, [1, 2]);
        expect(rotating).to.equal(`${FILE}  istio-multicluster:roots: [1, 2]\n`);
        expect(withRoots(rotating, KEY, [2, 1])).to.equal(`${FILE}  istio-multicluster:roots: [2, 1]\n`);
        expect(withRoots(rotating, KEY, [1])).to.equal(FILE);
    });

    it("keeps the key as it is written", () => {
        expect(withRoots("config:\n  roots: [1, 2]\n", KEY, [2])).to.equal("config:\n  roots: [2]\n");
    });
});

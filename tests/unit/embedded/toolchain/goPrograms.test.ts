import { expect } from "chai";
import { outputOf } from "../../../../embedded/toolchain/goPrograms";

describe("Go programs", () => {
    it("of one package go where they are to be, of several into the folder itself", () => {
        expect(outputOf("/cache/unfinished", ["bin/pulumi"])).to.equal("/cache/unfinished/bin/pulumi");
        expect(outputOf("/cache/unfinished", ["kubelet", "kubectl"])).to.equal("/cache/unfinished");
    });
});

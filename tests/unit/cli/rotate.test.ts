import { expect } from "chai";
import { withSetting } from "../../../cli/stacks/settings";

const KEY = "istio-multicluster:roots";
const FILE = "# The quick start.\nconfig:\n  istio-multicluster:ownsRoot: true # signs\n";

describe("a setting in a stack's file", () => {
    it("is written beside what is there, and taken out again", () => {
        const rotating = withSetting(FILE, KEY, [1, 2]);
        expect(rotating).to.equal(`${FILE}  istio-multicluster:roots: [1, 2]\n`);
        expect(withSetting(rotating, KEY, [2, 1])).to.equal(`${FILE}  istio-multicluster:roots: [2, 1]\n`);
        expect(withSetting(rotating, KEY, undefined)).to.equal(FILE);
    });

    it("keeps the key as it is written", () => {
        expect(withSetting("config:\n  roots: [1, 2]\n", KEY, [2])).to.equal("config:\n  roots: [2]\n");
    });

    it("keeps the lines of folded text", () => {
        const folded = `config:\n  shop:note: >-\n    one\n    two # no comment\n`;
        expect(withSetting(folded, KEY, [2])).to.equal(`${folded}  istio-multicluster:roots: [2]\n`);
    });

    it("keeps the lines of certificates", () => {
        const value = { root: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n", certificates: {} };
        expect(withSetting(FILE, "istio-multicluster:givenIntermediates", value)).to.equal(
            `${FILE}  istio-multicluster:givenIntermediates:\n    root: |\n      -----BEGIN CERTIFICATE-----\n      MII\n      -----END CERTIFICATE-----\n    certificates: {}\n`,
        );
    });
});

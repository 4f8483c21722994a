import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readPeers } from "../../../cli/target/peers";
import { ProblemsError } from "../../../shared/problems";

describe("option --peers", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "peers-"));
    const file = path.join(folder, "peers.yaml");
    after(() => {
        rmSync(folder, { recursive: true });
    });
    const read = (text: string) => {
        writeFileSync(file, text);
        return readPeers(file);
    };

    it("takes what remote Secrets name, or a list for each context", () => {
        expect(readPeers("none")).to.equal("found");
        expect(read("west: [east]\neast:\n")).to.deep.equal({ west: ["east"], east: [] });
    });

    it("refuses what is something else, with an example", () => {
        for (const text of ["west: east", "- west", "west: [", ""]) {
            expect(() => read(text), text).to.throw(ProblemsError, "west: [east]");
        }
        expect(() => readPeers(path.join(folder, "missing.yaml"))).to.throw(ProblemsError, "cannot be read");
    });
});

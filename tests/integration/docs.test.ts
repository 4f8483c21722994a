import { expect } from "chai";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const ROOT = path.join(__dirname, "..", "..");

describe("the API's pages", function () {
    this.timeout("2m");

    it("are those of the components as they are: otherwise run `npm run docs`", async () => {
        const scratch = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-docs-"));
        try {
            const typedoc = path.join(ROOT, "node_modules", ".bin", "typedoc");
            await promisify(execFile)(typedoc, ["--out", scratch, "--logLevel", "Error"], { cwd: ROOT });
            expect(pages(path.join(ROOT, "docs", "api"))).to.deep.equal(pages(scratch));
        } finally {
            rmSync(scratch, { recursive: true });
        }
    });
});

/** Content of each file below a folder, by relative path. */
function pages(folder: string): Record<string, string> {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
    return Object.fromEntries(
        files
            .filter((file) => statSync(path.join(folder, file)).isFile())
            .map((file) => [file, readFileSync(path.join(folder, file), "utf8")]),
    );
}

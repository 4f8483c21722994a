import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A folder of its own for each test of the suite that calls this; it is gone after the test. */
export function scratchFolder(): () => string {
    let folder = "";
    beforeEach(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "toolchain-test-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true, force: true });
    });
    return () => folder;
}

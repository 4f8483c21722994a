import { writeFileSync } from "node:fs";
import { type MochaOptions, reporters, type Runner } from "mocha";
import { z } from "zod";

/** A reporter for mocha: like `spec`, and it also writes the counts, as JSON, to the file of its option `file`. */
class Totals extends reporters.Spec {
    public constructor(runner: Runner, options: MochaOptions) {
        super(runner, options);
        const { file } = z.object({ file: z.string() }).parse(options.reporterOptions);
        runner.once("end", () => {
            writeFileSync(file, JSON.stringify(this.stats));
        });
    }
}

// mocha takes what the module itself is, not a named export.
module.exports = Totals;

import { writeFileSync } from "node:fs";
import { type MochaOptions, reporters, type Runner } from "mocha";
import { z } from "zod";

/** A reporter for mocha: like `spec`, and it also writes the counts and the suites with tests that did not run, as JSON, to the file of its option `file`. */
class Totals extends reporters.Spec {
    public constructor(runner: Runner, options: MochaOptions) {
        super(runner, options);
        const { file } = z.object({ file: z.string() }).parse(options.reporterOptions);
        const pending = new Set<string>();
        runner.on("pending", (test) => pending.add(test.parent?.fullTitle() ?? test.title));
        runner.once("end", () => {
            writeFileSync(file, JSON.stringify({ ...this.stats, suites: [...pending] }));
        });
    }
}

// mocha takes what the module itself is, not a named export.
module.exports = Totals;

/**
 * `npm test`: all stages in order, up to the first that fails; `npm test -- unit charts` runs the named ones.
 * The last line of the output is `N passed, N failed`, over all stages that ran.
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { duration } from "../shared/patience";
import { type Counts, runStage, type Stage } from "./stages";

const STAGES: readonly Stage[] = [
    {
        name: "lint",
        limitMinutes: 10,
        commands: [
            ["eslint", ".", "--max-warnings=0"],
            ["depcruise", "."],
            ["prettier", "--check", "."],
        ],
    },
    { name: "types", limitMinutes: 10, commands: [["tsc"]] },
    { name: "unit", limitMinutes: 10, specs: ["tests/unit/**/*.test.ts", "tests/golden/**/*.test.ts"] },
    { name: "charts", limitMinutes: 30, specs: ["tests/charts/**/*.test.ts"] },
    { name: "integration", limitMinutes: 60, specs: ["tests/integration/**/*.test.ts"] },
    // Builds Pulumi where there is none, unless Go's module proxy refuses it.
    { name: "pulumi", limitMinutes: 60, specs: ["tests/pulumi/**/*.test.ts"] },
    // Breaks a mesh in every way that a check is for: not part of `npm test`, whose integration has the fast ones.
    { name: "faults", limitMinutes: 45, specs: ["tests/faults/**/*.test.ts"], onRequest: true },
    // Istio's own tests, on a mesh of this program.
    { name: "istio", limitMinutes: 60, specs: ["tests/istio/**/*.test.ts"], onRequest: true },
];

async function main(names: readonly string[]): Promise<number> {
    const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
    if (unknown !== undefined) {
        console.error(`stage: must be one of ${STAGES.map(({ name }) => name).join(", ")} (found "${unknown}")`);
        return 2;
    }
    const chosen = STAGES.filter(({ name, onRequest }) =>
        names.length === 0 ? onRequest === undefined : names.includes(name),
    );
    const scratch = mkdtempSync(path.join(os.tmpdir(), "istio-multicluster-test-"));
    const total = { passes: 0, failures: 0, pending: 0 };
    const left: string[] = [];
    const lines: string[] = [];
    for (const stage of chosen) {
        if (total.failures > 0) {
            lines.push(`${stage.name}: not run, because an earlier stage failed`);
            continue;
        }
        console.log(`\n== ${stage.name}`);
        const start = Date.now();
        const counts = await runStage(stage, scratch);
        lines.push(`${stage.name}: ${describe(counts)} in ${duration((Date.now() - start) / 1000)}`);
        total.passes += counts.passes;
        total.failures += counts.failures;
        total.pending += counts.pending;
        left.push(...counts.suites);
    }
    rmSync(scratch, { recursive: true });
    if (total.pending > 0) {
        lines.push(`${total.pending} tests did not run on this machine, for what is said above: ${left.join(", ")}`);
    }
    console.log(`\n${lines.join("\n")}\n\n${total.passes} passed, ${total.failures} failed`);
    return total.failures === 0 ? 0 : 1;
}

function describe({ passes, failures, pending }: Counts): string {
    return `${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} did not run` : ""}`;
}

// A terminal sends Ctrl-C to the running stage, too: wait until it has cleaned up.
process.on("SIGINT", () => undefined);

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        console.error(error);
        process.exitCode = 1;
    },
);

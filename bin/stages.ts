/** The stages of `npm test`: programs of node_modules that run one after the other. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

export interface Stage {
    readonly name: string;
    readonly limitMinutes: number;
    /** Programs with their arguments; each that succeeds counts as one test. */
    readonly commands?: readonly (readonly [program: string, ...args: string[]])[];
    /** Test files for mocha, as glob patterns. */
    readonly specs?: readonly string[];
    /** Whether it only runs when it is named. */
    readonly onRequest?: true;
}

const Counts = z.object({
    passes: z.number(),
    failures: z.number(),
    /** Tests that did not run, because this machine lacks something they say. */
    pending: z.number(),
    /** Titles of the suites that hold these. */
    suites: z.array(z.string()).default([]),
});
export type Counts = z.infer<typeof Counts>;

const root = path.dirname(__dirname);

/** @param scratch An existing folder. */
export async function runStage(stage: Stage, scratch: string): Promise<Counts> {
    const ofCommands = await runCommands(stage.commands ?? [], stage.limitMinutes);
    if (stage.specs === undefined || ofCommands.failures > 0) {
        return ofCommands;
    }
    const file = path.join(scratch, `${stage.name}.json`);
    const reporter = ["--reporter", path.join(__dirname, "totals.ts"), "--reporter-option", `file=${file}`];
    const succeeded = await execute("mocha", [...reporter, ...stage.specs], stage.limitMinutes);
    return mochaCounts(file, succeeded);
}

/** A crash, a pattern without files and an exceeded limit are failures that mocha does not count. */
export function mochaCounts(file: string, succeeded: boolean): Counts {
    if (!existsSync(file)) {
        return { passes: 0, failures: 1, pending: 0, suites: [] };
    }
    const counts = Counts.parse(JSON.parse(readFileSync(file, "utf8")));
    return succeeded ? counts : { ...counts, failures: Math.max(counts.failures, 1) };
}

async function runCommands(commands: NonNullable<Stage["commands"]>, limitMinutes: number): Promise<Counts> {
    let passes = 0;
    for (const [program, ...args] of commands) {
        if (!(await execute(program, args, limitMinutes))) {
            return { passes, failures: 1, pending: 0, suites: [] };
        }
        passes += 1;
    }
    return { passes, failures: 0, pending: 0, suites: [] };
}

/** Whether a program of node_modules succeeded within its limit. */
function execute(program: string, args: readonly string[], limitMinutes: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const child = spawn(path.join(root, "node_modules", ".bin", program), args, { cwd: root, stdio: "inherit" });
        const end = (): void => {
            child.kill("SIGTERM");
        };
        const limit = setTimeout(() => {
            console.error(`${program} took longer than ${limitMinutes} minutes`);
            end();
        }, limitMinutes * 60_000);
        process.on("SIGTERM", end);
        child.on("error", reject);
        child.on("exit", (code) => {
            clearTimeout(limit);
            process.off("SIGTERM", end);
            resolve(code === 0);
        });
    });
}

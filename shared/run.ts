/** Runs programs of the machine to their ends. */
import { execFile, type ExecFileException } from "node:child_process";

export interface RunOptions {
    readonly cwd?: string;
    /** Added to the environment of this process. */
    readonly env?: NodeJS.ProcessEnv;
    /** Text for its standard input. */
    readonly input?: string;
    /** Default: a minute. */
    readonly limitSeconds?: number;
}

/** How a program ended. */
export interface Outcome {
    readonly stdout: string;
    readonly stderr: string;
    /** Why it did not succeed: no such program, an exit code, the time limit. */
    readonly failure?: string;
}

const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end, however it ends. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { cwd, env, input, limitSeconds = 60 } = options;
    const limits = { cwd, env: { ...process.env, ...env }, timeout: limitSeconds * 1000, maxBuffer: OUTPUT_BYTES };
    return new Promise((resolve) => {
        const child = execFile(command, args, limits, (error, stdout, stderr) => {
            resolve({ stdout, stderr, ...(error === null ? {} : { failure: reason(error, limitSeconds) }) });
        });
        child.stdin?.end(input);
    });
}

/** Runs a program to its end and gives what it printed. @throws Error with what it said when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { stdout, stderr, failure } = await attempt(command, args, options);
    if (failure === undefined) return stdout;
    throw new Error(`${[command, ...args].join(" ")}: ${stderr.trim().slice(-2000) || failure}`);
}

function reason(error: ExecFileException, limitSeconds: number): string {
    if (error.killed === true) return `it took longer than ${limitSeconds} s`;
    return typeof error.code === "number" ? `its exit code is ${error.code}` : error.message;
}

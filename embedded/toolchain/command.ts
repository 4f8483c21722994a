/** Runs the programs that build the toolchain. */
import { execFile, type ExecFileException } from "node:child_process";
import { ProblemsError } from "../../shared/problems";

const LIMIT_MINUTES = 40;
const OUTPUT_BYTES = 64 * 1024 * 1024;
const SHOWN_LINES = 15;

export interface CommandOptions {
    readonly cwd?: string;
    /** Added to the environment of this process. */
    readonly env?: Readonly<Record<string, string>>;
    /** What a user does when it fails. */
    readonly fix: string;
}

/** How a program ended. */
export interface Outcome {
    readonly stdout: string;
    readonly stderr: string;
    /** Why it did not succeed: no such program, an exit code, the time limit. */
    readonly failure?: string;
}

/**
 * Runs a program to its end and gives what it printed.
 * @throws ProblemsError with the end of its output when it fails or takes longer than 40 minutes.
 */
export async function run(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
    const { fix, ...rest } = options;
    const { stdout, stderr, failure } = await attempt(program, args, rest);
    if (failure !== undefined) {
        const said = stderr.trim().split("\n").slice(-SHOWN_LINES).join("\n");
        throw new ProblemsError([
            { subject: [program, ...args.slice(0, 2)].join(" "), rule: `must succeed, but ${failure}\n${said}\n`, fix },
        ]);
    }
    return stdout;
}

/** Runs a program to its end, however it ends. */
export function attempt(
    program: string,
    args: readonly string[],
    { cwd, env }: Omit<CommandOptions, "fix"> = {},
): Promise<Outcome> {
    return new Promise((resolve) => {
        const options = {
            cwd,
            env: { ...process.env, ...env },
            timeout: LIMIT_MINUTES * 60_000,
            maxBuffer: OUTPUT_BYTES,
        };
        execFile(program, args, options, (error, stdout, stderr) => {
            resolve(error === null ? { stdout, stderr } : { stdout, stderr, failure: reason(error) });
        });
    });
}

function reason(error: ExecFileException): string {
    if (error.killed === true) {
        return `it took longer than ${LIMIT_MINUTES} minutes`;
    }
    return typeof error.code === "number" ? `its exit code is ${error.code}` : error.message;
}

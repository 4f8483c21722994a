/** Runs the programs that build the toolchain. */
import { ProblemsError } from "../../shared/problems";
import { attempt, type RunOptions } from "../../shared/run";

/** Longest time that one of them may take. */
const LIMIT_SECONDS = 2400;
const SHOWN_LINES = 15;

export interface CommandOptions extends Pick<RunOptions, "cwd" | "env"> {
    /** What a user does when it fails. */
    readonly fix: string;
}

/**
 * Runs a program to its end and gives what it printed.
 * @throws ProblemsError with the end of its output when it fails or takes longer than 40 minutes.
 */
export async function build(program: string, args: readonly string[], options: CommandOptions): Promise<string> {
    const { fix, ...rest } = options;
    const { stdout, stderr, failure } = await attempt(program, args, { ...rest, limitSeconds: LIMIT_SECONDS });
    if (failure === undefined) return stdout;
    const said = stderr.trim().split("\n").slice(-SHOWN_LINES).join("\n");
    const subject = [program, ...args.slice(0, 2)].join(" ");
    throw new ProblemsError([{ subject, rule: `must succeed, but ${failure}\n${said}\n`, fix }]);
}

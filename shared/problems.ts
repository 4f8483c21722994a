/** One thing that is wrong, in words that tell a user what to do next. */
export interface Problem {
    /** What it is about: a configuration path (`clusters[1].network`), a file, a tool, a machine setting. */
    readonly subject: string;
    /** The value found, as the user wrote it. Never a secret. */
    readonly value?: string;
    /** The rule that does not hold, with its reason. */
    readonly rule: string;
    /** What to do next: an edit, a command. */
    readonly fix: string;
}

/** A user's mistake or a machine's lack: all problems found together, shown without a stack trace. */
export class ProblemsError extends Error {
    /** @param problems At least one problem, in the order a user would mend them. */
    public constructor(public readonly problems: readonly Problem[]) {
        super(problems.map(describe).join("\n"));
        this.name = "ProblemsError";
    }
}

function describe(problem: Problem): string {
    const found = problem.value === undefined ? "" : ` (found ${JSON.stringify(problem.value)})`;
    return `${problem.subject}: ${problem.rule}${found}. ${problem.fix}`;
}

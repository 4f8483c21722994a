/** What a command says of an error. */
import { CommanderError } from "commander";
import { CommandError, EXIT, type ExitCode } from "../shared/exit";
import { ProblemsError, type Problem } from "../shared/problems";
import { ObservationError } from "../verify/observe/connection";

/** @returns What to print, without a newline at its end, and the code to exit with. */
export function explainError(error: unknown): { readonly text: string; readonly code: ExitCode } {
    if (error instanceof ProblemsError) {
        return { text: error.problems.map(problemLines).join("\n"), code: EXIT.mistake };
    }
    if (error instanceof CommanderError) {
        // Commander has printed its own message. Help and version are no errors.
        return { text: "", code: error.exitCode === 0 ? EXIT.ok : EXIT.mistake };
    }
    if (error instanceof CommandError) {
        return { text: `Error: ${error.message}`, code: error.code };
    }
    if (error instanceof ObservationError) {
        return { text: `Error: ${error.message}`, code: EXIT.mistake };
    }
    if (error instanceof AggregateError) {
        const each = error.errors.map(explainError);
        return { text: each.map(({ text }) => text).join("\n"), code: each[0]?.code ?? EXIT.failed };
    }
    // Anything else is a defect of this program: its trace is what a report needs.
    return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: EXIT.failed };
}

function problemLines({ subject, value, rule, fix }: Problem): string {
    const found = value === undefined ? "" : ` (found ${JSON.stringify(value)})`;
    return `✖ ${subject}: ${rule}${found}\n  → ${fix}`;
}

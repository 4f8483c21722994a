/** Where commands write: results to stdout, so that scripts can read them; everything else to stderr. */
import { appendFileSync, writeFileSync } from "node:fs";
import { CommandError, EXIT } from "../shared/exit";
import type { Progress } from "../shared/progress";

export interface Terminal {
    /** Writes a result, newline included. */
    readonly result: (text: string) => void;
    /** Writes one line of progress. */
    readonly progress: Progress;
    /** Width for tables, in characters. */
    readonly columns: number;
}

export function processTerminal(): Terminal {
    return {
        result: (text) => {
            process.stdout.write(text);
        },
        progress: (line) => {
            process.stderr.write(`${line}\n`);
        },
        columns: process.stdout.isTTY ? process.stdout.columns : 120,
    };
}

/**
 * The same terminal, whose results go to a file; without a file, as they are.
 *
 * @param secret Whether they hold secrets: then nobody else may read the file, and no file is overwritten.
 * @throws CommandError when the file cannot be written, with the first result.
 */
export function resultsTo(
    terminal: Terminal,
    file: string | undefined,
    { secret = false }: { readonly secret?: boolean } = {},
): Terminal {
    if (file === undefined) {
        return terminal;
    }
    let begun = false;
    const result = (text: string): void => {
        if (begun) {
            appendFileSync(file, text);
            return;
        }
        begun = true;
        try {
            writeFileSync(file, text, secret ? { mode: 0o600, flag: "wx" } : {});
        } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            throw new CommandError(`the result cannot be written to ${file}: ${reason}`, EXIT.mistake);
        }
        terminal.progress(
            `Wrote ${file}${secret ? ", which holds secrets: delete it when you no longer need it" : ""}.`,
        );
    };
    return { ...terminal, result };
}

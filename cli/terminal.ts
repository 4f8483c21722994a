/** Where commands write: results to stdout, so that scripts can read them; everything else to stderr. */
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

/** The `mesh` command. Each command loads what it needs when it runs, so that none waits for another's libraries. */
import { openSession } from "./session";
import { explainError } from "./exit";
import { meshProgram } from "./commandLine";
import { processTerminal } from "./terminal";
import { EXIT } from "../shared/exit";

// A process whose last connection is gone ends, even if it still waits: that must not look like success.
process.exitCode = EXIT.mistake;

const terminal = processTerminal();

async function main(): Promise<number> {
    try {
        return await meshProgram(openSession(terminal, process.env)).run(process.argv.slice(2));
    } catch (error) {
        const { text, code } = explainError(error);
        if (text !== "") {
            terminal.progress(text);
        }
        return code;
    }
}

void main().then((code) => {
    // Connections that are kept alive for reuse must not keep a finished command alive.
    process.exit(code);
});

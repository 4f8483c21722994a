/** How a command line runs as a process. */
import { EXIT, type ExitCode } from "../shared/exit";
import { explainError } from "./exit";
import { processTerminal, type Terminal } from "./terminal";

export interface MeshProgram {
    /** @param args Without the names of the interpreter and the script. @returns The exit code. */
    run(args: readonly string[]): Promise<ExitCode>;
}

/** Runs a program with the arguments of this process, and ends the process with its exit code. */
export function runAsProcess(programOf: (terminal: Terminal) => MeshProgram): void {
    // A process whose last connection is gone ends, even if it still waits: that must not look like success.
    process.exitCode = EXIT.mistake;
    const terminal = processTerminal();
    const work = async (): Promise<ExitCode> => {
        try {
            return await programOf(terminal).run(process.argv.slice(2));
        } catch (error) {
            const { text, code } = explainError(error);
            if (text !== "") {
                terminal.progress(text);
            }
            return code;
        }
    };
    void work().then((code) => {
        // Connections that are kept alive for reuse must not keep a finished command alive.
        process.exit(code);
    });
}

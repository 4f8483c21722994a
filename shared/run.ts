import { execFile } from "node:child_process";

export interface RunOptions {
    /** Text for its standard input. */
    readonly input?: string;
    /** Default: a minute. */
    readonly limitSeconds?: number;
}

/** Runs a program of the machine and gives what it printed. Throws with what it said when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { input, limitSeconds = 60 } = options;
    return new Promise((resolve, reject) => {
        const limits = { timeout: limitSeconds * 1000, maxBuffer: 64 * 1024 * 1024 };
        const child = execFile(command, args, limits, (error, stdout, stderr) => {
            if (error === null) {
                resolve(stdout);
            } else {
                const how =
                    error.killed === true ? `took longer than ${limitSeconds} s` : stderr.trim() || error.message;
                reject(new Error(`${[command, ...args].join(" ")}: ${how}`, { cause: error }));
            }
        });
        child.stdin?.end(input);
    });
}

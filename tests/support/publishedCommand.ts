/** The `mesh` command as people get it: packed, and run by npx in an empty folder. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { pack } from "./pack";
import { refuseSecrets } from "./secrets";

const PACKAGE = path.join(__dirname, "..", "..", "cli", "package");
const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

export class PublishedCommand {
    private constructor(
        /** Where it runs: a folder that was empty. */
        public readonly folder: string,
        private readonly tarball: string,
        /** What was packed. */
        public readonly files: readonly string[],
    ) {}

    public static async pack(): Promise<PublishedCommand> {
        const folder = mkdtempSync(path.join(os.tmpdir(), "mesh-command-"));
        const { filename, files } = await pack(PACKAGE, folder);
        return new PublishedCommand(folder, path.join(folder, filename), files);
    }

    /** Runs `mesh <args>` to its end. @param environment Its whole environment beside PATH and HOME. */
    public async mesh(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
        const env = { PATH: process.env["PATH"], HOME: this.folder, ...environment };
        const options = { cwd: this.folder, env, maxBuffer: 2 ** 26 };
        const ended = await promisify(execFile)(
            "npx",
            ["--yes", "--package", this.tarball, "mesh", ...args],
            options,
        ).then(
            ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
            (error: unknown) => {
                const { code, stdout, stderr } = failed.parse(error);
                return { exitCode: code, stdout, stderr };
            },
        );
        refuseSecrets(`mesh ${args.join(" ")}`, ended.stdout + ended.stderr, this.folder);
        return ended;
    }

    public remove(): void {
        rmSync(this.folder, { recursive: true });
    }
}

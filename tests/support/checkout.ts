/** A copy of this checkout whose files a test may change, and its `mesh` command. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { refuseSecretFiles, refuseSecretLogs, refuseSecrets } from "./secrets";

/** Of one command. Milliseconds. */
const LIMIT = 600_000;

const HOST_COMMANDS = [
    "up",
    "preview",
    "refresh",
    "destroy",
    "status",
    "outputs",
    "state",
    "verify",
    "graph",
    "report",
    "rotate",
    "leave",
    "history",
    "ca",
    "drill",
    "traffic",
];

const root = path.dirname(path.dirname(__dirname));

/** What a command left behind when it ended. */
export interface Ended {
    /** null when a signal ended it. */
    readonly exitCode: number | null;
    readonly stdout: string;
    /** stdout and stderr as a person sees them. */
    readonly all: string;
    readonly seconds: number;
}

export class Checkout {
    /** Folder with Pulumi.yaml. */
    public readonly folder = mkdtempSync(path.join(os.tmpdir(), "mesh-"));
    /** Folder of local state. */
    public readonly home = path.join(this.folder, ".mesh");

    /** @param environment Variables of its commands beside those of the tests. */
    public constructor(private readonly environment: Readonly<Record<string, string>> = {}) {
        const left = [".git", ".mesh", "node_modules"].map((name) => path.join(root, name));
        cpSync(root, this.folder, { recursive: true, filter: (source) => !left.includes(source) });
        symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"));
    }

    /** Starts `mesh <args>`, on the embedded host where `args` choose none: a test's machine may have Pulumi as well. */
    public spawn(...args: string[]): ChildProcess {
        const host = HOST_COMMANDS.includes(args[0] ?? "") && !args.includes("--host") ? ["--host", "embedded"] : [];
        return spawn("node", ["bin/bootstrap.mjs", "cli/mesh.ts", ...args, ...host], {
            cwd: this.folder,
            env: { ...process.env, ...this.environment },
            stdio: ["ignore", "pipe", "pipe"],
            timeout: LIMIT,
        });
    }

    /** Runs `mesh <args>` to its end. @throws AssertionError where it shows a secret, or leaves one behind. */
    public async mesh(...args: string[]): Promise<Ended> {
        // They take the clusters away, and the logs with them.
        if (["destroy", "clusters"].includes(args[0] ?? "")) refuseSecretLogs(this.home);
        const began = Date.now();
        const child = this.spawn(...args);
        const output = { stdout: "", all: "" };
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            output.stdout += text;
            output.all += text;
        });
        child.stderr?.setEncoding("utf8").on("data", (text: string) => {
            output.all += text;
        });
        await once(child, "close");
        refuseSecrets(`mesh ${args.join(" ")}`, output.all, this.home);
        refuseSecretFiles(this.folder, this.home, began);
        return { ...output, exitCode: child.exitCode, seconds: (Date.now() - began) / 1000 };
    }

    public read(file: string): string {
        return readFileSync(path.join(this.folder, file), "utf8");
    }

    public edit(file: string, edit: (text: string) => string): void {
        this.write(file, edit(this.read(file)));
    }

    public write(file: string, text: string): void {
        writeFileSync(path.join(this.folder, file), text);
    }

    public remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

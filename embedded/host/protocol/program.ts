/** Starts a Pulumi program with the launcher of its own SDK, as Pulumi's language host does. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { ProblemsError } from "../../../shared/problems";
import type { Config } from "../config";
import type { Project } from "../../../hosts/interface/project";

/** A program that was told to end gets this long. Milliseconds. */
const GRACE = 2_000;

export interface ProgramOptions {
    readonly project: Project;
    readonly organization: string;
    readonly stack: string;
    readonly config: Config;
    readonly preview: boolean;
    readonly parallel: number;
    /** Address of the ResourceMonitor. */
    readonly monitor: string;
    /** Address of the Engine, which takes the log. */
    readonly engine: string;
    /** Gets every line that it prints. */
    readonly output: (line: string) => void;
    /** Ends it. */
    readonly stop: AbortSignal;
}

/** How a program ended: its exit code, or the signal that ended it. */
export type Exit = number | NodeJS.Signals;

/** Runs a program to its end. */
export type Launch = (options: ProgramOptions) => Promise<Exit>;

/** Folder in which the program runs, and its entry there: as Pulumi, the folder of `main`. */
export function programLocation(project: Project): { readonly folder: string; readonly entry: string } {
    const main = join(project.folder, project.main);
    const found = statSync(main, { throwIfNoEntry: false });
    if (found === undefined) {
        const rule = "there is no such program";
        throw new ProblemsError([{ subject: "Pulumi.yaml: main", value: project.main, rule, fix: "Name a file." }]);
    }
    return found.isDirectory() ? { folder: main, entry: "." } : { folder: dirname(main), entry: basename(main) };
}

/** Linux takes no longer variable of the environment (MAX_ARG_STRLEN, execve(2)), and the SDK reads no other source. Bytes. */
const LONGEST_CONFIG = 128 * 1024 - "PULUMI_CONFIG=".length - 1;

/** @throws ProblemsError for a configuration that no program can be given. */
function configText(values: Config["values"]): string {
    const text = JSON.stringify(values);
    const size = Buffer.byteLength(text);
    if (size <= LONGEST_CONFIG) return text;
    const largest = Object.entries(values).sort(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? "";
    const rule = `the configuration of a stack may have ${LONGEST_CONFIG} bytes, and this one has ${size}; most of it is ${largest}`;
    const fix =
        "Name kubeconfigs by `kubeconfigFile` instead of their content, or spread the clusters over several stacks.";
    throw new ProblemsError([{ subject: "configuration", rule, fix }]);
}

/** Runs the program in a process of its own. */
export const runProgram: Launch = async (options) => {
    const { project, organization, stack, config, monitor, engine, stop } = options;
    const { folder, entry } = programLocation(project);
    const runtime = project.runtime.options;
    const args = [
        ...["inspectGuard.mjs", "parentGuard.mjs"].flatMap((file) => [
            "--import",
            pathToFileURL(join(__dirname, file)).href,
        ]),
        ...runtime.nodeargs.split(/\s+/).filter((arg) => arg !== ""),
        require.resolve("@pulumi/pulumi/cmd/run", { paths: [folder] }),
        ...["--monitor", monitor, "--engine", engine],
        ...["--organization", organization, "--project", project.name, "--stack", stack],
        ...["--root-directory", project.folder, "--pwd", folder, "--parallel", String(options.parallel)],
        ...(options.preview ? ["--dry-run"] : []),
        entry,
    ];
    const child = spawn(process.execPath, args, {
        cwd: folder,
        // A group of its own: Ctrl-C in a terminal is the host's to handle.
        detached: true,
        stdio: ["ignore", "pipe", "pipe", "pipe"],
        env: {
            ...process.env,
            PULUMI_CONFIG: configText(config.values),
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
            PULUMI_NODEJS_TYPESCRIPT: String(runtime.typescript),
        },
    });
    const printed = [child.stdout, child.stderr].filter((stream) => stream !== null);
    for (const stream of printed) createInterface(stream).on("line", options.output);
    const end = (): void => {
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGKILL"), GRACE).unref();
    };
    stop.addEventListener("abort", end);
    if (stop.aborted) end();
    try {
        return await new Promise<Exit>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code, signal) => {
                resolve(code ?? signal ?? 1);
            });
        });
    } finally {
        stop.removeEventListener("abort", end);
    }
};

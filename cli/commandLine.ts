/** The command line: names, arguments and options of every command. */
import { Command, Option } from "commander";
import { version } from "../package.json";
import type { GraphOptions } from "./commands/graph";
import type { OutputsOptions } from "./commands/outputs";
import type { RunOptions } from "./commands/run";
import { EXIT, type ExitCode } from "../shared/exit";
import type { HostName } from "../hosts/interface/host";
import { PICTURES } from "../graph/pictures";
import type { Format } from "../verify";
import {
    checkOptions,
    DEFAULT_STACK,
    hostOption,
    outputOption,
    type ProbeArguments,
    type TargetArguments,
    targetOf,
    withProbe,
    withTarget,
} from "./options";
import type { Session } from "./session";

interface VerifyArguments {
    readonly output: Format;
    readonly pre: boolean;
}

export interface MeshProgram {
    /** @param args Without the names of the interpreter and the script. @returns The exit code. */
    run(args: readonly string[]): Promise<ExitCode>;
}

export function meshProgram(session: Session): MeshProgram {
    let code: ExitCode = EXIT.ok;
    const program = new Command("mesh")
        .description("One Istio mesh over several Kubernetes clusters: brings it up, proves it, removes it.")
        .version(version)
        .exitOverride()
        .configureOutput({
            writeOut: session.terminal.result,
            writeErr: (text) => {
                session.terminal.progress(text.trimEnd());
            },
        });
    const onStacks = (name: string, description: string): Command =>
        program
            .command(name)
            .description(description)
            .argument("[stacks...]", "names of stacks, each configured by Pulumi.<stack>.yaml", [DEFAULT_STACK])
            .addOption(hostOption());

    program
        .command("start")
        .description("set up, start local clusters, make the whole mesh and prove it: what `npm start` runs")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(outputOption())
        .action(async (stack: string, options: { output: Format }) => {
            const { start } = await import("./commands/start.js");
            code = await start(session, stack, options);
        });
    const runs = {
        up: "make what the program declares, until no stack waits for another",
        preview: "show what `up` would change, property by property",
        refresh: "update the state of stacks from the clusters",
        destroy: "delete everything that stacks made",
    };
    for (const command of ["up", "preview", "refresh", "destroy"] as const) {
        const registered = onStacks(command, runs[command]).option("--json", "print what was done as JSON", false);
        if (command === "up" || command === "destroy") {
            registered.option("--unreachable", "forget what was made in clusters that are gone for good", false);
        }
        if (command === "preview") {
            registered.addOption(
                new Option("--markdown", "print the comment of a pull request").conflicts("json").default(false),
            );
        }
        registered.action(async (stacks: string[], options: RunOptions) => {
            const commands = await import("./commands/run.js");
            await commands[command](session, stacks, options);
        });
    }
    onStacks("status", "show what exists, what waits for what, and when certificates expire")
        .option("--json", "print it as JSON", false)
        .action(async (stacks: string[], options: { host?: HostName; json: boolean }) => {
            const { status } = await import("./commands/status.js");
            await status(session, stacks, options);
        });
    const onMesh = (name: string, description: string): Command =>
        withTarget(program.command(name).description(description));
    withProbe(onMesh("verify", "prove that clusters are one mesh; exits with 1 when they are not"))
        .addOption(outputOption())
        .addOption(
            new Option("--pre", "check instead whether clusters have what an `up` needs")
                .conflicts(["probe"])
                .default(false),
        )
        .action(async (stacks: string[], options: TargetArguments & ProbeArguments & VerifyArguments) => {
            const { verify } = await import("./commands/verify.js");
            const { output, pre } = options;
            code = await verify(session, targetOf(stacks, options), { output, pre, ...checkOptions(options) });
        });
    onMesh("graph", "draw a mesh as declared and as found, with the differences")
        .addOption(new Option("--output <form>", "form of the picture").choices(PICTURES).default("mermaid"))
        .option("--file <file>", "write it to a file")
        .action(async (stacks: string[], options: TargetArguments & GraphOptions) => {
            const { graph } = await import("./commands/graph.js");
            await graph(session, targetOf(stacks, options), options);
        });
    withProbe(
        onMesh("report", "write a page with the picture of a mesh and the results of all checks; exits as verify"),
    )
        .option("--file <file>", "file of the page", "mesh-report.html")
        .action(async (stacks: string[], options: TargetArguments & ProbeArguments & { file: string }) => {
            const { report } = await import("./commands/graph.js");
            code = await report(session, targetOf(stacks, options), { file: options.file, ...checkOptions(options) });
        });
    program
        .command("outputs")
        .description("print a stack's outputs as JSON")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(hostOption())
        .option("--show-secrets", "print secrets in clear", false)
        .action(async (stack: string, options: OutputsOptions) => {
            const { outputs } = await import("./commands/outputs.js");
            await outputs(session, stack, options);
        });
    program
        .command("state")
        .description("the embedded host's state of stacks")
        .command("export")
        .description("print it as `pulumi stack import` takes it")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .option("--file <file>", "write it to a new file that only its owner reads")
        .option("--show-secrets", "secrets in clear, for an import under another passphrase", false)
        .action(async (stack: string, options: { file?: string; showSecrets: boolean }) => {
            const { exportStack } = await import("./commands/state.js");
            await exportStack(session, stack, options);
        });
    program.addCommand(clustersCommand(session));
    return {
        async run(args) {
            await program.parseAsync(args, { from: "user" });
            return code;
        },
    };
}

function clustersCommand(session: Session): Command {
    const command = new Command("clusters").description("the local clusters of this checkout");
    command
        .command("list", { isDefault: true })
        .description("names, addresses, versions, health and kubeconfigs")
        .option("--json", "print them as JSON", false)
        .action(async (options: { json: boolean }) => {
            const [{ listClusters }, { readStackFacts }] = await Promise.all([
                import("./commands/clusters.js"),
                import("../hosts/interface/stackFacts.js"),
            ]);
            const { topology } = await readStackFacts(session.folder, DEFAULT_STACK);
            const networkOf = (name: string) => topology.find((cluster) => cluster.name === name)?.network;
            await listClusters(await session.clusters(), networkOf, options, session.terminal);
        });
    const onClusters = (name: "start" | "stop" | "delete", description: string): void => {
        command
            .command(name)
            .description(description)
            .argument("[names...]", "all when none is given")
            .action(async (names: string[]) => {
                const { startClusters, stopClusters, deleteClusters } = await import("./commands/clusters.js");
                const act = { start: startClusters, stop: stopClusters, delete: deleteClusters }[name];
                await act(await session.clusters(), names, session.terminal);
            });
    };
    onClusters("start", "start clusters that do not run, and make named ones that do not exist");
    onClusters("stop", "end the processes of clusters; their data stays");
    onClusters("delete", "remove clusters with everything in them");
    return command;
}

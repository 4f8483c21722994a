/** The command line: names, arguments and options of every command. */
import { Command } from "commander";
import { version } from "../package.json";
import { EXIT, type ExitCode } from "./exit";
import type { Session } from "./session";

/** Stack of the quick start. */
const DEFAULT_STACK = "mesh";
/** A mesh that nobody just changed is looked at again only for what a passing hiccup may be. Seconds. */
const VERIFY_PATIENCE = 5;

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
    const stackCommand = (name: string, description: string): Command =>
        program
            .command(name)
            .description(description)
            .argument("[stack]", "name of the stack; Pulumi.<stack>.yaml configures it", DEFAULT_STACK);

    stackCommand("start", "set-up, local clusters, the whole mesh, the proof: what `npm start` runs")
        .option("--json", "print the proof as JSON", false)
        .action(async (stack: string, options: { json: boolean }) => {
            const { start } = await import("./commands/start.js");
            code = await start(session, stack, options);
        });
    stackCommand("up", "bring a stack to what the program says").action(async (stack: string) => {
        const { up } = await import("./commands/run.js");
        await up(session, stack);
    });
    stackCommand("preview", "show what `up` would change, property by property").action(async (stack: string) => {
        const { preview } = await import("./commands/run.js");
        await preview(session, stack);
    });
    stackCommand("refresh", "bring a stack's state to what is there").action(async (stack: string) => {
        const { refresh } = await import("./commands/run.js");
        await refresh(session, stack);
    });
    stackCommand("destroy", "delete everything that a stack made").action(async (stack: string) => {
        const { destroy } = await import("./commands/destroy.js");
        await destroy(session, stack);
    });
    stackCommand("verify", "prove that a stack's clusters are one mesh; exits with 1 when they are not")
        .option("--json", "print the checks as JSON", false)
        .action(async (stack: string, options: { json: boolean }) => {
            const { verify } = await import("./commands/verify.js");
            code = await verify(session, stack, { ...options, patience: VERIFY_PATIENCE });
        });
    stackCommand("outputs", "print a stack's outputs as JSON")
        .option("--show-secrets", "print secrets in clear", false)
        .action(async (stack: string, options: { showSecrets: boolean }) => {
            const { outputs } = await import("./commands/outputs.js");
            await outputs(session, stack, options);
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
                import("./stack.js"),
            ]);
            const { networks } = await readStackFacts(session.folder, DEFAULT_STACK);
            await listClusters(await session.clusters(), (name) => networks.get(name), options, session.terminal);
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
    onClusters("start", "start clusters that do not run, and make named ones that are not there");
    onClusters("stop", "end the processes of clusters; their data stays");
    onClusters("delete", "remove clusters with everything in them");
    return command;
}

/** The command line: names, arguments and options of every command. */
import { Command } from "commander";
import type { ImportOptions } from "./commands/ca";
import type { LeaveOptions } from "./commands/leave";
import type { OutputsOptions } from "./commands/outputs";
import type { RotateOptions } from "./commands/rotate";
import type { RunOptions } from "./commands/run";
import { EXIT, type ExitCode } from "../shared/exit";
import type { HostName } from "../hosts/interface/host";
import { type Format, FORMATS } from "../verify/report/formats";
import type { MeshProgram } from "./main";
import { addMeshCommands, newProgram } from "./meshCommands";
import { DEFAULT_STACK, hostOption, type ResultArguments, withResult } from "./options";
import { type Session, printingTo } from "./session";

const PLAIN = ["table", "json"] as const;
type Plain = (typeof PLAIN)[number];

export function meshProgram(session: Session): MeshProgram {
    let code: ExitCode = EXIT.ok;
    const program = newProgram(
        session,
        "One Istio mesh over several Kubernetes clusters: brings it up, proves it, removes it.",
    );
    const onStacks = (name: string, description: string): Command =>
        program
            .command(name)
            .description(description)
            .argument("[stacks...]", "names of stacks, each configured by Pulumi.<stack>.yaml", [DEFAULT_STACK])
            .addOption(hostOption());

    withResult(program.command("start"), FORMATS)
        .description("set up, start local clusters, make the whole mesh and prove it: what `npm start` runs")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .action(async (stack: string, options: ResultArguments<Format>) => {
            const { start } = await import("./commands/start.js");
            code = await start(printingTo(session, options), stack, options);
        });
    const runs = {
        up: "make what the program declares, until no stack waits for another",
        preview: "show what `up` would change, property by property",
        refresh: "update the state of stacks from the clusters",
        destroy: "delete everything that stacks made",
    };
    for (const command of ["up", "preview", "refresh", "destroy"] as const) {
        const forms = command === "preview" ? ([...PLAIN, "markdown"] as const) : PLAIN;
        const registered = withResult(onStacks(command, runs[command]), forms);
        if (command === "up" || command === "destroy") {
            registered.option("--unreachable", "forget what was made in clusters that are gone for good", false);
        }
        registered.action(async (stacks: string[], options: RunOptions & ResultArguments) => {
            const commands = await import("./commands/run.js");
            await commands[command](printingTo(session, options), stacks, options);
        });
    }
    withResult(onStacks("status", "show what exists, what waits for what, and when certificates expire"), PLAIN).action(
        async (stacks: string[], options: { host?: HostName } & ResultArguments<Plain>) => {
            const { status } = await import("./commands/status.js");
            await status(printingTo(session, options), stacks, options);
        },
    );
    withResult(
        onStacks("history", "show who was let in, when, and by which update: peers, certificates, tokens"),
        PLAIN,
    ).action(async (stacks: string[], options: { host?: HostName } & ResultArguments<Plain>) => {
        const { history } = await import("./commands/history.js");
        await history(printingTo(session, options), stacks, options);
    });
    program.addCommand(rotateCommand(session));
    program
        .command("leave")
        .description("take a cluster out of a running mesh, so that no other loses a request; run it again to continue")
        .argument("<cluster>", "short name of the cluster")
        .argument("[stacks...]", "names of stacks; of a stack per cluster all of them", [DEFAULT_STACK])
        .addOption(hostOption())
        .option("--unreachable", "the cluster is gone for good: forget what was made in it", false)
        .action(async (cluster: string, stacks: string[], options: LeaveOptions) => {
            const { leave } = await import("./commands/leave.js");
            await leave(session, cluster, stacks, options);
        });
    program.addCommand(caCommand(session));
    addMeshCommands(program, session, { stacks: true }, (ended) => (code = ended));
    program
        .command("outputs")
        .description("print a stack's outputs as JSON")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(hostOption())
        .option("--file <file>", "write them to a file instead of standard output")
        .option("--show-secrets", "print secrets in clear", false)
        .action(async (stack: string, options: OutputsOptions & { file?: string }) => {
            const { outputs } = await import("./commands/outputs.js");
            await outputs(printingTo(session, { ...options, secret: options.showSecrets }), stack, options);
        });
    program.addCommand(stateCommand(session));
    program.addCommand(clustersCommand(session));
    program
        .command("toolchain")
        .description("build, once a machine, what the local clusters need; Pulumi itself only where it is named")
        .argument("[pulumi]", "Pulumi and its plugins, for a machine without them")
        .action(async (part: string | undefined) => {
            const { buildToolchain } = await import("./commands/toolchain.js");
            await buildToolchain(session, part);
        });
    return {
        async run(args) {
            await program.parseAsync(args, { from: "user" });
            return code;
        },
    };
}

function rotateCommand(session: Session): Command {
    const command = new Command("rotate").description("replace what a running mesh trusts, with no request lost");
    const onAll = (name: string, description: string): Command =>
        command
            .command(name)
            .description(description)
            .argument("[stacks...]", "names of stacks; of a stack per cluster all of them", [DEFAULT_STACK])
            .addOption(hostOption());
    const what = {
        root: "make a new root, then drop the old one when nothing needs it any more; run it again to continue",
        credentials:
            "give peers new tokens to read each cluster with, then revoke the old ones; run it again to continue",
    };
    for (const name of ["root", "credentials"] as const) {
        onAll(name, what[name])
            .option("--back", "take back the steps of a rotation that has not taken its last one", false)
            .action(async (stacks: string[], options: RotateOptions) => {
                const { rotateCredentials, rotateRoot } = await import("./commands/rotate.js");
                await { root: rotateRoot, credentials: rotateCredentials }[name](session, stacks, options);
            });
    }
    onAll(
        "wait",
        "wait until all have taken the step of the last `up`, for those who take the steps themselves",
    ).action(async (stacks: string[], options: { host?: HostName }) => {
        const { waitForStep } = await import("./commands/rotate.js");
        await waitForStep(session, stacks, options);
    });
    return command;
}

function caCommand(session: Session): Command {
    const command = new Command("ca").description("certificates of clusters that an offline root signs");
    command
        .command("csr")
        .description("write the certificate request of each cluster of a stack, for the root to sign")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(hostOption())
        .option("--folder <folder>", "where to write <cluster>.csr", ".")
        .action(async (stack: string, options: { host?: HostName; folder: string }) => {
            const { writeRequests } = await import("./commands/ca.js");
            await writeRequests(session, stack, options);
        });
    command
        .command("import")
        .description("take signed certificates into a stack's file, after a strict check")
        .argument("[files...]", "certificates, PEM, each followed by what is between it and the root", [])
        .addOption(hostOption())
        .option("--stack <stack>", "name of the stack", DEFAULT_STACK)
        .option("--root <file>", "certificate of the root, PEM; of several, the one that signs first")
        .action(async (files: string[], options: ImportOptions) => {
            const { importCertificates } = await import("./commands/ca.js");
            await importCertificates(session, files, options);
        });
    return command;
}

function stateCommand(session: Session): Command {
    const command = new Command("state").description("the state of stacks, as `pulumi stack export` writes it");
    command
        .command("export")
        .description("print it, for `pulumi stack import` and `state import`")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(hostOption())
        .option("--file <file>", "write it to a new file that only its owner reads")
        .option("--show-secrets", "secrets in clear, for an import under another passphrase", false)
        .action(async (stack: string, options: { host?: HostName; file?: string; showSecrets: boolean }) => {
            const { exportStack } = await import("./commands/state.js");
            await exportStack(printingTo(session, { ...options, secret: true }), stack, options);
        });
    command
        .command("import")
        .description("make an exported state that of a stack without resources")
        .argument("[stack]", "name of the stack", DEFAULT_STACK)
        .addOption(hostOption())
        .requiredOption("--file <file>", "what `state export` or `pulumi stack export` wrote")
        .action(async (stack: string, options: { host?: HostName; file: string }) => {
            const { importStack } = await import("./commands/state.js");
            await importStack(session, stack, options);
        });
    return command;
}

function clustersCommand(session: Session): Command {
    const command = new Command("clusters").description("the local clusters of this checkout");
    withResult(command.command("list", { isDefault: true }), PLAIN)
        .description("names, addresses, versions, health and kubeconfigs")
        .action(async (options: ResultArguments<Plain>) => {
            const [{ listClusters }, { readStackFacts }] = await Promise.all([
                import("./commands/clusters.js"),
                import("../hosts/interface/stackFacts.js"),
            ]);
            const { topology } = await readStackFacts(session.folder, DEFAULT_STACK);
            const networkOf = (name: string) => topology.find((cluster) => cluster.name === name)?.network;
            await listClusters(await session.clusters(), networkOf, options, printingTo(session, options).terminal);
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

/** The commands that look at a mesh or try it, whoever made it. They are published by themselves as well: see cli/package. */
import { Command, Option } from "commander";
import { version } from "../package.json";
import { type Picture, PICTURES } from "../graph/pictures";
import type { ExitCode } from "../shared/exit";
import { type Format, FORMATS } from "../verify/report/formats";
import type { DrillOptions } from "./commands/drill";
import {
    checkOptions,
    type ProbeArguments,
    type Reach,
    type ResultArguments,
    type TargetArguments,
    targetOf,
    withProbe,
    withResult,
    withTarget,
} from "./options";
import { printingTo, type Session } from "./session";
import type { Target } from "./target";

interface VerifyArguments {
    readonly pre: boolean;
    readonly only?: string[];
}

type RequestArguments = ResultArguments<"table" | "json"> & {
    readonly port?: number;
    readonly hostHeader?: string;
    readonly path: string;
    readonly method: string;
};

/** A program without commands, which writes to the session's terminal and never ends the process. */
export function newProgram({ terminal }: Pick<Session, "terminal">, description: string): Command {
    return new Command("mesh")
        .description(description)
        .version(version)
        .exitOverride()
        .configureOutput({
            writeOut: terminal.result,
            writeErr: (text) => {
                terminal.progress(text.trimEnd());
            },
        });
}

/** @param reach What they can look at. @param ended Gets the exit code of those that judge. */
export function addMeshCommands(
    program: Command,
    session: Session,
    reach: Reach,
    ended: (code: ExitCode) => void,
): void {
    const onMesh = (
        name: string,
        description: string,
        run: (target: Target, to: Session, command: Command) => Promise<void>,
    ): Command => {
        const command = program.command(name).description(description);
        return command.action(async () => {
            const options = command.opts<TargetArguments & { file?: string }>();
            const stacks = command.args.slice(command.registeredArguments.filter(({ required }) => required).length);
            await run(targetOf(stacks, options, reach), printingTo(session, options), command);
        });
    };

    const verifying = onMesh(
        "verify",
        "prove that clusters are one mesh; exits with 1 when they are not",
        async (target, to, command) => {
            const { verify } = await import("./commands/verify.js");
            const options = command.opts<ProbeArguments & ResultArguments<Format> & VerifyArguments>();
            const { output, pre, only } = options;
            ended(await verify(to, target, { output, pre, ...(only && { only }), ...checkOptions(options) }));
        },
    );
    withResult(withProbe(withTarget(verifying, reach)), FORMATS).addOption(
        new Option("--pre", "check instead whether clusters have what an `up` needs")
            .conflicts(["probe"])
            .default(false),
    );
    verifying.addOption(
        new Option("--only <names>", "checks, or groups of them: trust,gateway-ready").argParser((list) =>
            list.split(","),
        ),
    );
    const drawing = onMesh(
        "graph",
        "draw a mesh as declared and as found, with the differences",
        async (target, to, command) => {
            const { graph } = await import("./commands/graph.js");
            await graph(to, target, command.opts<ResultArguments<Picture>>());
        },
    );
    withResult(withTarget(drawing, reach), PICTURES);
    const reporting = onMesh(
        "report",
        "write a page with the picture of a mesh and the results of all checks; exits as verify",
        async (target, to, command) => {
            const { report } = await import("./commands/graph.js");
            const { traffic, ...options } = command.opts<ProbeArguments & { readonly traffic?: number }>();
            ended(await report(to, target, { ...checkOptions(options), ...(traffic && { traffic }) }));
        },
    );
    withProbe(withTarget(reporting, reach))
        .option("--file <file>", "file of the page", "mesh-report.html")
        .option("--traffic <seconds>", "count for so long who calls whom, and draw it", Number);
    const explaining = onMesh(
        "explain",
        "follow one request hop by hop, and say where it ends; exits with 1 where it does",
        async (target, to, command) => {
            const { explain } = await import("./commands/explain.js");
            const [client = "", service = ""] = command.args;
            ended(await explain(to, target, { client, service, ...command.opts<RequestArguments>() }));
        },
    )
        .argument("<client>", "app and namespace of the client and its cluster: webapp.istioinaction@west")
        .argument("<service>", "name and namespace of the Service, and a cluster of it: catalog.istioinaction[@east]")
        .option("--port <number>", "port of the Service (default: its first)", Number)
        .option("--host-header <host>", "host that the request is for (default: a name of the Service)")
        .option("--path <path>", "path of the request", "/")
        .option("--method <method>", "method of the request", "GET");
    withResult(withTarget(explaining, reach), ["table", "json"]);
    const counting = onMesh(
        "traffic",
        "show who calls whom, in which cluster it is answered, and how much fails",
        async (target, to, command) => {
            const { traffic } = await import("./commands/traffic.js");
            await traffic(to, target, command.opts<ResultArguments<"table" | "json"> & { readonly seconds: number }>());
        },
    ).option("--seconds <number>", "how long to count", Number, 10);
    withResult(withTarget(counting, reach), ["table", "json"]);
    const drilling = onMesh(
        "drill",
        "take the replicas of a service away for a while, under load, and see who answers; exits with 1 beyond the budget",
        async (target, to, command) => {
            const { drill } = await import("./commands/drill.js");
            const [service = ""] = command.args;
            ended(await drill(to, target, { service, ...command.opts<Omit<DrillOptions, "service">>() }));
        },
    )
        .argument("<service>", "name and namespace of the Service: catalog.istioinaction")
        .requiredOption("--from <cluster>", "cluster of the clients, whose replicas go")
        .option("--gateway <cluster>", "take the east-west gateways of this cluster instead")
        .option("--url <url>", "a request that needs the service (default: the reference request)")
        .option("--host-header <host>", "host that the request is for (default: as in the URL)")
        .option("--rate <number>", "requests a second", Number, 50)
        .option("--seconds <number>", "budget: until others answer", Number, 10)
        .option("--lost <number>", "budget: requests without an answer of 200", Number, 0);
    withResult(withTarget(drilling, reach), ["table", "json"]);
}

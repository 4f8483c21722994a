/** The commands that look at a mesh, whoever made it. They are published by themselves as well: see cli/package. */
import { Command, Option } from "commander";
import { version } from "../package.json";
import { type Picture, PICTURES } from "../graph/pictures";
import type { ExitCode } from "../shared/exit";
import { type Format, FORMATS } from "../verify/report/formats";
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
        const command = withTarget(program.command(name).description(description), reach);
        return command.action(async () => {
            const options = command.opts<TargetArguments & { file?: string }>();
            await run(targetOf(command.args, options, reach), printingTo(session, options), command);
        });
    };

    const verifying = onMesh(
        "verify",
        "prove that clusters are one mesh; exits with 1 when they are not",
        async (target, to, command) => {
            const { verify } = await import("./commands/verify.js");
            const options = command.opts<ProbeArguments & ResultArguments<Format> & { pre: boolean }>();
            const { output, pre } = options;
            ended(await verify(to, target, { output, pre, ...checkOptions(options) }));
        },
    );
    withResult(withProbe(verifying), FORMATS).addOption(
        new Option("--pre", "check instead whether clusters have what an `up` needs")
            .conflicts(["probe"])
            .default(false),
    );
    const drawing = onMesh(
        "graph",
        "draw a mesh as declared and as found, with the differences",
        async (target, to, command) => {
            const { graph } = await import("./commands/graph.js");
            await graph(to, target, command.opts<ResultArguments<Picture>>());
        },
    );
    withResult(drawing, PICTURES);
    const reporting = onMesh(
        "report",
        "write a page with the picture of a mesh and the results of all checks; exits as verify",
        async (target, to, command) => {
            const { report } = await import("./commands/graph.js");
            ended(await report(to, target, checkOptions(command.opts<ProbeArguments>())));
        },
    );
    withProbe(reporting).option("--file <file>", "file of the page", "mesh-report.html");
}

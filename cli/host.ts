/** Runs a stack on the embedded host, with its progress on the terminal. */
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import path from "node:path";
import type { HostOptions, Summary } from "../embedded/host";
import { CommandError, EXIT } from "./exit";
import { listenForInterrupt } from "./interrupt";
import type { Session } from "./session";
import { chartsLink, readStackFacts } from "./stack";
import { summaryText } from "./summary";

/** Type token of the resource that stands for the stack itself. */
const STACK_TYPE = "pulumi:pulumi:Stack";

export type HostCommand = "up" | "preview" | "destroy" | "refresh";

/**
 * Runs one command of the host over a stack. A preview's steps are its result; those of the others are progress.
 * @throws CommandError when it failed or was interrupted; ProblemsError for a mistake that is found before it begins.
 */
export async function runStack(session: Session, command: HostCommand, stack: string): Promise<Summary> {
    const { folder, home, terminal } = session;
    const [host, { providerPackages }, config] = await Promise.all([
        import("../embedded/host/index.js"),
        import("../embedded/host/providers/index.js"),
        localConfig(session, stack),
    ]);
    const interrupt = listenForInterrupt(terminal.progress);
    const isPreview = command === "preview";
    const options: HostOptions = {
        folder,
        home,
        stack,
        config,
        packages: providerPackages(session),
        events: host.display(
            isPreview
                ? (line) => {
                      terminal.result(`${line}\n`);
                  }
                : terminal.progress,
            { preview: isPreview },
        ),
        interrupt: interrupt.stop,
        abort: interrupt.abort,
    };
    try {
        const summary = await host[command](options);
        terminal.progress(summaryText(summary));
        if (summary.result === "interrupted") {
            throw new CommandError(`the ${command} was interrupted; run it again to go on`, EXIT.failed);
        }
        if (summary.result === "failed") {
            throw failure(summary);
        }
        return summary;
    } finally {
        interrupt.dispose();
    }
}

/** A run that ends before it did anything shows what has to be mended; a longer one says again what went wrong. */
function failure({ command, changes, errors }: Summary): CommandError {
    return changes.every(({ type }) => type === STACK_TYPE)
        ? new CommandError(`the ${command} did not begin`, EXIT.mistake)
        : new CommandError([`the ${command} failed`, ...errors].join("\n  "), EXIT.failed);
}

/** The values that this machine gives a stack: the charts of the toolchain, where the stack uses its clusters. */
async function localConfig(session: Session, stack: string): Promise<Record<string, string>> {
    const { chartsKey, usesLocalCharts } = await readStackFacts(session.folder, stack);
    if (!usesLocalCharts) {
        return {};
    }
    const { charts } = await session.toolchain();
    const link = chartsLink(session);
    await mkdir(session.home, { recursive: true });
    if ((await readlink(link).catch(() => undefined)) !== charts) {
        await rm(link, { force: true });
        await symlink(charts, link);
    }
    return { [chartsKey]: path.relative(session.folder, link) };
}

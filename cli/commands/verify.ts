import {
    type Format,
    formatReport,
    type Mesh,
    type Report,
    verdict,
    verify as runVerify,
    verifyBefore,
} from "../../verify";
import { CommandError, EXIT, type ExitCode } from "../../shared/exit";
import { listenForInterrupt } from "../../shared/interrupt";
import type { Session } from "../session";
import { meshOf, clustersBeforeUp, type Target } from "../target";

export interface CheckOptions {
    /** Seconds for which a check that does not pass looks again. */
    readonly patience: number;
    /** Ids and groups of the checks to run. Default all. */
    readonly only?: readonly string[];
    /** Image of the probe, where pods may be made that prove the data plane. */
    readonly probeImage?: string;
}

export interface VerifyOptions extends CheckOptions {
    /** Form of the report. */
    readonly output: Format;
    /** Whether clusters are checked that are to become a mesh. */
    readonly pre?: boolean;
}

/** Checks a mesh and prints the report. @returns 0, 1 for a broken mesh, 2 for one that cannot be checked. */
export async function verify(session: Session, target: Target, options: VerifyOptions): Promise<ExitCode> {
    const report =
        options.pre === true
            ? await checkBefore(session, target, options)
            : await check(session, await meshOf(session, target), options);
    session.terminal.result(formatReport(report, options.output, session.terminal.columns));
    return exitCodeOf(report);
}

/** @throws CommandError when there is nothing to look at. */
async function checkBefore(
    session: Session,
    target: Target,
    choice: Pick<CheckOptions, "patience" | "only">,
): Promise<Report> {
    const { mesh, unseen } = await clustersBeforeUp(session, target);
    for (const line of unseen) {
        session.terminal.progress(`Not checked: ${line}.`);
    }
    if (mesh.clusters.length === 0) {
        throw new CommandError("no cluster exists yet that could be checked before the up", EXIT.mistake);
    }
    return verifyBefore(mesh, choice);
}

/** Runs the checks until they end, or are ended with Ctrl-C. */
export async function check(
    { terminal: { progress } }: Session,
    mesh: Mesh,
    { patience, only, probeImage: image }: CheckOptions,
): Promise<Report> {
    const interrupt = listenForInterrupt(() => {
        progress("Ending the checks.");
    });
    try {
        const probe = image === undefined ? {} : { probe: { image, progress } };
        return await runVerify(mesh, { patience, signal: interrupt.stop, ...(only && { only }), ...probe });
    } finally {
        interrupt.dispose();
    }
}

export function exitCodeOf(report: Report): ExitCode {
    return { pass: EXIT.ok, fail: EXIT.failed, error: EXIT.mistake }[verdict(report)];
}

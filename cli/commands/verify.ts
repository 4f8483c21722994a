import { type Format, formatReport, type Mesh, type Report, verdict, verify as runVerify } from "../../verify";
import { EXIT, type ExitCode } from "../exit";
import { listenForInterrupt } from "../interrupt";
import type { Session } from "../session";
import { meshOf, type Target } from "../target";

export interface CheckOptions {
    /** Seconds for which a check that does not pass looks again. */
    readonly patience: number;
    /** Image of the probe, where pods may be made that prove the data plane. */
    readonly probeImage?: string;
}

export interface VerifyOptions extends CheckOptions {
    /** Form of the report. */
    readonly output: Format;
}

/** Checks a mesh and prints the report. @returns 0, 1 for a broken mesh, 2 for one that cannot be checked. */
export async function verify(session: Session, target: Target, options: VerifyOptions): Promise<ExitCode> {
    const report = await check(session, await meshOf(session, target), options);
    session.terminal.result(formatReport(report, options.output, session.terminal.columns));
    return exitCodeOf(report);
}

/** Runs the checks until they end, or are ended with Ctrl-C. */
export async function check(
    { terminal: { progress } }: Session,
    mesh: Mesh,
    { patience, probeImage: image }: CheckOptions,
): Promise<Report> {
    const interrupt = listenForInterrupt(() => {
        progress("Ending the checks.");
    });
    try {
        const probe = image === undefined ? {} : { probe: { image, progress } };
        return await runVerify(mesh, { patience, signal: interrupt.stop, ...probe });
    } finally {
        interrupt.dispose();
    }
}

export function exitCodeOf(report: Report): ExitCode {
    return { pass: EXIT.ok, fail: EXIT.failed, error: EXIT.mistake }[verdict(report)];
}

import { stackOutputs } from "../../embedded/host";
import { jsonReport, tableReport, verdict, verify as runVerify, type Mesh } from "../../verify";
import { EXIT, type ExitCode } from "../exit";
import { listenForInterrupt } from "../interrupt";
import { meshOfOutputs } from "../meshOfStack";
import type { Session } from "../session";

export interface VerifyOptions {
    /** Prints `{"checks": […]}` instead of a table. */
    readonly json: boolean;
    /** Seconds for which a check that does not pass looks again. */
    readonly patience: number;
}

/** Checks a stack's mesh and prints the report. @returns 0, 1 for a broken mesh, 2 for one that cannot be checked. */
export async function verify(session: Session, stack: string, options: VerifyOptions): Promise<ExitCode> {
    const mesh = await meshOf(session, stack);
    const interrupt = listenForInterrupt(() => {
        session.terminal.progress("Ending the checks.");
    });
    try {
        const report = await runVerify(mesh, { patience: options.patience, signal: interrupt.stop });
        const { result, columns } = session.terminal;
        result(options.json ? jsonReport(report) : tableReport(report, columns));
        return { pass: EXIT.ok, fail: EXIT.failed, error: EXIT.mistake }[verdict(report)];
    } finally {
        interrupt.dispose();
    }
}

/** The mesh that a stack has built. */
export async function meshOf({ folder, home }: Session, stack: string): Promise<Mesh> {
    return meshOfOutputs(stack, await stackOutputs({ folder, home, stack }, { showSecrets: true }));
}

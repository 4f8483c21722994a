import { type Format, formatReport, type Mesh, verdict, verify as runVerify } from "../../verify";
import { EXIT, type ExitCode } from "../exit";
import { listenForInterrupt } from "../interrupt";
import { hostFor } from "../hosts";
import type { HostName } from "../hosts/host";
import { meshOfStates } from "../meshOfStack";
import type { Session } from "../session";

export interface VerifyOptions {
    readonly host?: HostName;
    /** Form of the report. */
    readonly output: Format;
    /** Seconds for which a check that does not pass looks again. */
    readonly patience: number;
    /** Image of the probe, where pods may be made that prove the data plane. */
    readonly probeImage?: string;
}

/** Checks the mesh of stacks and prints the report. @returns 0, 1 for a broken mesh, 2 for one that cannot be checked. */
export async function verify(session: Session, stacks: readonly string[], options: VerifyOptions): Promise<ExitCode> {
    const mesh = await meshOf(session, stacks, options.host);
    const interrupt = listenForInterrupt(() => {
        session.terminal.progress("Ending the checks.");
    });
    try {
        const { result, columns, progress } = session.terminal;
        const { patience, probeImage: image } = options;
        const probe = image === undefined ? {} : { probe: { image, progress } };
        const report = await runVerify(mesh, { patience, signal: interrupt.stop, ...probe });
        result(formatReport(report, options.output, columns));
        return { pass: EXIT.ok, fail: EXIT.failed, error: EXIT.mistake }[verdict(report)];
    } finally {
        interrupt.dispose();
    }
}

/** The mesh that stacks have built together. */
export async function meshOf(session: Session, stacks: readonly string[], asked: HostName | undefined): Promise<Mesh> {
    const host = await hostFor(session, stacks, asked);
    return meshOfStates(
        new Map(await Promise.all(stacks.map(async (stack) => [stack, await host.state(stack)] as const))),
    );
}

/** `npm start`: set-up, two clusters, the six steps, the proof, and where to go from there. */
import { EXIT, type ExitCode } from "../../shared/exit";
import { nextSteps } from "../nextSteps";
import { PROBE_IMAGE } from "../../shared/versions";
import type { Format } from "../../verify";
import type { Session } from "../session";
import { meshOf } from "../target";
import { up } from "./run";
import { verify } from "./verify";

/** A mesh that was just made takes a moment until every proxy knows it. Seconds. */
const PATIENCE = 60;

export async function start(
    session: Session,
    stack: string,
    { output }: { readonly output: Format },
): Promise<ExitCode> {
    const { terminal } = session;
    terminal.progress("Set-up: what this machine needs.");
    const { binaries } = await session.toolchain();
    terminal.progress("Up: clusters, and the six steps over them.");
    await up(session, [stack], { host: "embedded" });
    terminal.progress("Proof: is it one mesh?");
    const target = { stacks: [stack], host: "embedded" } as const;
    const code = await verify(session, target, {
        output,
        patience: PATIENCE,
        probeImage: PROBE_IMAGE,
    });
    if (code === EXIT.ok && output === "table") {
        const local = await (await session.clusters()).list();
        terminal.result(nextSteps(await meshOf(session, target), binaries.kubectl, local));
    }
    return code;
}

/** Which host runs a command. */
import { existsSync } from "node:fs";
import { stateFilePath } from "../embedded/host/state/stateFile";
import type { Session } from "../cli/session";
import type { Host, HostName } from "./interface/host";
import { findProgram } from "../embedded/toolchain/machine/tools";

/**
 * The host that was asked for; else the embedded one where it has state of any of the stacks, since stacks only see
 * each other on one host; else Pulumi where its CLI is on PATH.
 */
export async function hostFor(session: Session, stacks: readonly string[], asked: HostName | undefined): Promise<Host> {
    const isEmbedded = stacks.some((stack) => existsSync(stateFilePath(session.home, stack)));
    const name = asked ?? (isEmbedded || findProgram("pulumi") === undefined ? "embedded" : "pulumi");
    if (name === "pulumi") {
        const { PulumiHost } = await import("./pulumi.js");
        return new PulumiHost(session);
    }
    const { EmbeddedHost } = await import("./embedded.js");
    return new EmbeddedHost(session);
}

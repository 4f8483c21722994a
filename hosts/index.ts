/** Which host runs a command. */
import { existsSync } from "node:fs";
import { stateFilePath } from "../embedded/host/state/stateFile";
import { findProgram } from "../embedded/toolchain/machine/tools";
import type { EmbeddedPlace } from "./embedded";
import type { Host, HostName } from "./interface/host";

/**
 * The host that was asked for; else the embedded one where it has state of any of the stacks, since stacks only see
 * each other on one host; else Pulumi where its CLI is on PATH.
 */
export async function hostFor(
    place: EmbeddedPlace,
    stacks: readonly string[],
    asked: HostName | undefined,
): Promise<Host> {
    const isEmbedded = stacks.some((stack) => existsSync(stateFilePath(place.home, stack)));
    const name = asked ?? (isEmbedded || findProgram("pulumi") === undefined ? "embedded" : "pulumi");
    if (name === "pulumi") {
        const { PulumiHost } = await import("./pulumi/index.js");
        return new PulumiHost(place);
    }
    const { EmbeddedHost } = await import("./embedded/index.js");
    return new EmbeddedHost(place);
}

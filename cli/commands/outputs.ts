import { hostFor } from "../../hosts";
import type { HostName } from "../../hosts/interface/host";
import type { Session } from "../session";

export interface OutputsOptions {
    readonly host?: HostName;
    readonly showSecrets: boolean;
}

/** Prints a stack's outputs as JSON, secrets as `[secret]` unless asked for. */
export async function outputs(
    session: Session,
    stack: string,
    { host: asked, showSecrets }: OutputsOptions,
): Promise<void> {
    const host = await hostFor(session, [stack], asked);
    const values = await host.outputs(stack, { showSecrets });
    session.terminal.result(`${JSON.stringify(values, undefined, 2)}\n`);
}

import { stackOutputs } from "../../embedded/host";
import type { Session } from "../session";

/** Prints a stack's outputs as JSON, secrets as `[secret]` unless asked for. */
export async function outputs(
    { folder, home, terminal }: Session,
    stack: string,
    { showSecrets }: { readonly showSecrets: boolean },
): Promise<void> {
    const values = await stackOutputs({ folder, home, stack }, { showSecrets });
    terminal.result(`${JSON.stringify(values, undefined, 2)}\n`);
}

/** `mesh state`: a stack's state as a file that both hosts take. */
import { readFile } from "node:fs/promises";
import { hostFor } from "../../hosts";
import type { HostName } from "../../hosts/interface/host";
import { ProblemsError } from "../../shared/problems";
import type { Session } from "../session";

/** Prints the state of a stack as `pulumi stack import` and `mesh state import` take it. */
export async function exportStack(
    session: Session,
    stack: string,
    { host: asked, showSecrets }: { readonly host?: HostName; readonly showSecrets: boolean },
): Promise<void> {
    const host = await hostFor(session, [stack], asked);
    session.terminal.result(await host.exportState(stack, { showSecrets }));
}

/** Makes a file that `pulumi stack export` or `mesh state export` wrote the state of a stack that has none. */
export async function importStack(
    session: Session,
    stack: string,
    { host: asked, file }: { readonly host?: HostName; readonly file: string },
): Promise<void> {
    const text = await readFile(file, "utf8").catch((error: unknown) => {
        const rule = `the file cannot be read (${error instanceof Error ? error.message : String(error)})`;
        throw new ProblemsError([{ subject: "--file", value: file, rule, fix: "Name a state that was exported." }]);
    });
    const host = await hostFor(session, [stack], asked);
    await host.importState(stack, text);
    session.terminal.progress(`Stack ${stack} has the state of ${file}. A preview shows what \`up\` would change.`);
}

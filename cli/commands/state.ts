import { writeFile } from "node:fs/promises";
import { exportState } from "../../embedded/host";
import type { Session } from "../session";

/**
 * Prints the embedded host's state of a stack as `pulumi stack import` takes it, or writes it to a file that only its owner
 * reads. Of a stack on Pulumi, `pulumi stack export` does the same.
 */
export async function exportStack(
    { folder, home, terminal }: Session,
    stack: string,
    { file, showSecrets }: { readonly file?: string; readonly showSecrets: boolean },
): Promise<void> {
    const text = await exportState({ folder, home, stack }, { showSecrets });
    if (file === undefined) {
        terminal.result(text);
        return;
    }
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    terminal.progress(`Wrote ${file}${showSecrets ? ", with secrets in clear: delete it after the import" : ""}.`);
}

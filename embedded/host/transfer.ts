/** A stack's state on its way to another host, and back: in the format of `pulumi stack export`. */
import { readFile } from "node:fs/promises";
import { ProblemsError } from "../../shared/problems";
import { readProject, readStackSettings } from "../../hosts/interface/project";
import { CheckpointCodec, inClear, parseCheckpoint, saltOf, sealed, showsSecrets } from "./state/checkpoint";
import { Crypters } from "./state/secrets";
import { lockState, readState, stateFilePath, writeState } from "./state/stateFile";
import { parseUrn } from "./state/urns";
import { openCrypter, type StackOptions } from "./session";

/**
 * The state as text that `pulumi stack import` takes; secrets stay encrypted unless `showSecrets` is set.
 * @throws ProblemsError for a stack that was never updated, a damaged state or, with `showSecrets`, another passphrase.
 */
export async function exportState(
    options: StackOptions,
    { showSecrets = false }: { readonly showSecrets?: boolean } = {},
): Promise<string> {
    const { file, stored } = await storedState(options);
    const text = await readFile(file, "utf8");
    if (!showSecrets) return text;
    const crypter = await new Crypters(options.home).open(saltOf(stored), file);
    return inClear(text, (ciphertext) => crypter.decrypt(ciphertext));
}

/**
 * Makes what `pulumi stack export` wrote the state of a stack. Secrets in clear are encrypted under this host's passphrase;
 * encrypted ones must be under it already.
 * @throws ProblemsError for a stack that has resources, a text that is no such state, or one of another stack.
 */
export async function importState({ folder, home, stack }: StackOptions, text: string): Promise<void> {
    const file = stateFilePath(home, stack);
    const settings = await readStackSettings(await readProject(folder), stack);
    const crypters = new Crypters(home);
    const quiet = (): void => undefined;
    const unlock = await lockState(file, "state import", quiet, quiet);
    try {
        const present = (await readState(file))?.deployment.resources.length ?? 0;
        if (present > 0) {
            throw refused(`stack ${stack} has ${present} resources here already`, "Destroy them first.");
        }
        const crypter = showsSecrets(text) ? await openCrypter(undefined, file, settings, crypters) : undefined;
        const state = readable(() => (crypter === undefined ? text : sealed(text, crypter)));
        const stored = readable(() => parseCheckpoint(state));
        const found = stored.deployment.resources.map(({ urn }) => parseUrn(urn).stack);
        const other = found.find((name) => name !== stack);
        if (other !== undefined) {
            throw refused(`it is the state of stack ${other}, not of ${stack}`, `Import it as stack ${other}.`);
        }
        const codec = new CheckpointCodec(await crypters.open(saltOf(stored), "the state"));
        readable(() => codec.decode(stored));
        await writeState(file, state);
    } finally {
        await unlock();
    }
}

/** @throws ProblemsError where the text is no state that this host can take. */
function readable<T>(read: () => T): T {
    try {
        return read();
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const fix = "Export it with `pulumi stack export --show-secrets`, and give that file.";
        throw refused(`it is no state of a stack that this host can open (${reason})`, fix);
    }
}

function refused(rule: string, fix: string): ProblemsError {
    return new ProblemsError([{ subject: "state import", rule, fix }]);
}

/** For commands that need a state. @throws ProblemsError for a stack that was never updated. */
export async function storedState({ home, stack }: StackOptions) {
    const file = stateFilePath(home, stack);
    const stored = await readState(file);
    if (stored === undefined) {
        const rule = "the stack was never updated here";
        throw new ProblemsError([{ subject: "stack", value: stack, rule, fix: "Run `mesh up` first." }]);
    }
    return { file, stored };
}

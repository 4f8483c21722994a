import { readFile, writeFile } from "node:fs/promises";

/** Writes a component's configuration, unless it says the same already: some components end when theirs changes. */
export async function writeConfig(file: string, text: string): Promise<void> {
    const former = await readFile(file, "utf8").catch(() => undefined);
    if (former !== text) {
        await writeFile(file, text, { mode: 0o600 });
    }
}

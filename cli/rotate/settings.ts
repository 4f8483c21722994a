/** The setting `roots` in a stack's file, which is where a rotation's step is kept. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { parseDocument } from "yaml";
import type { Roots } from "../../shared/rotation";

/**
 * Writes it into Pulumi.<stack>.yaml; everything else there stays as it is. What is the default anyway is removed.
 * @param key Full key of the setting, e.g. `istio-multicluster:roots`.
 */
export async function writeRoots(folder: string, stack: string, key: string, roots: Roots): Promise<void> {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    await writeFileAtomic(file, withRoots(await readFile(file, "utf8"), key, roots));
}

/** @param text The stack's file. */
export function withRoots(text: string, key: string, roots: Roots): string {
    const document = parseDocument(text);
    // A key without a namespace belongs to the project as well.
    const short = key.replace(/^.*:/, "");
    const written = document.hasIn(["config", short]) ? short : key;
    if (roots.join() === "1") document.deleteIn(["config", written]);
    else document.setIn(["config", written], document.createNode(roots, { flow: true }));
    return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

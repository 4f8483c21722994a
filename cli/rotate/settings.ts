/** A setting that lists generations, in a stack's file: there is kept which step a rotation is in. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { parseDocument } from "yaml";
import type { Generations } from "../../shared/rotation";

/**
 * Writes it into Pulumi.<stack>.yaml; everything else there stays as it is. What is the default anyway is removed.
 * @param key Full key of the setting, e.g. `istio-multicluster:roots`.
 */
export async function writeGenerations(
    folder: string,
    stack: string,
    key: string,
    generations: Generations,
): Promise<void> {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    await writeFileAtomic(file, withGenerations(await readFile(file, "utf8"), key, generations));
}

/** @param text The stack's file. */
export function withGenerations(text: string, key: string, generations: Generations): string {
    const document = parseDocument(text);
    // A key without a namespace belongs to the project as well.
    const short = key.replace(/^.*:/, "");
    const written = document.hasIn(["config", short]) ? short : key;
    if (generations.join() === "1") document.deleteIn(["config", written]);
    else document.setIn(["config", written], document.createNode(generations, { flow: true }));
    return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

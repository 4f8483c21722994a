/** Settings that commands write into a stack's file, where people find and commit them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { parseDocument } from "yaml";

/**
 * Writes one into Pulumi.<stack>.yaml; everything else there stays as it is.
 * @param key Full key of the setting, e.g. `istio-multicluster:roots`.
 * @param value Undefined takes it out.
 */
export async function writeSetting(folder: string, stack: string, key: string, value: unknown): Promise<void> {
    const file = path.join(folder, `Pulumi.${stack}.yaml`);
    await writeFileAtomic(file, withSetting(await readFile(file, "utf8"), key, value));
}

/** @param text The stack's file. */
export function withSetting(text: string, key: string, value: unknown): string {
    const document = parseDocument(text);
    // A key without a namespace belongs to the project as well.
    const short = key.replace(/^.*:/, "");
    const written = document.hasIn(["config", short]) ? short : key;
    if (value === undefined) document.deleteIn(["config", written]);
    else document.setIn(["config", written], document.createNode(value, { flow: Array.isArray(value) }));
    return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

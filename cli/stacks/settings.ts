/** Settings that commands write into a stack's file, where people find and commit them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { type Document, parseDocument, visit } from "yaml";

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
    const found = document.hasIn(["config", short]) ? short : key;
    if (value === undefined) document.deleteIn(["config", found]);
    else document.setIn(["config", found], document.createNode(value, { flow: Array.isArray(value) }));
    return written(document, text);
}

/** The text of a file with changes; the rest keeps its form. @param text From which the document was read. */
export function written(document: Document, text: string): string {
    // The library would fold the lines of folded text anew: what stands for it meanwhile is put back.
    const folded: string[] = [];
    visit(document, {
        Scalar(_, node) {
            if (node.type !== "BLOCK_FOLDED" || !node.range) return;
            node.type = "PLAIN";
            node.value = `folded-text-${folded.push(text.slice(node.range[0], node.range[1]).trimEnd()) - 1}-`;
        },
    });
    return document
        .toString({ lineWidth: 0, flowCollectionPadding: false })
        .replace(/folded-text-(\d+)-/g, (_, index: string) => folded[Number(index)] ?? "");
}

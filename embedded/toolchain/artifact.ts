/** What the cache holds: folders whose content their key decides. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** One folder of the toolchain, built in one go. */
export interface Artifact {
    /** File-name safe. */
    readonly name: string;
    /** Digest of everything that decides the content, see {@link contentKey}. */
    readonly key: string;
    /** How long a build from nothing takes on two cores, in seconds. */
    readonly usualSeconds: number;
    /** Fills an empty folder. Artifacts that stand earlier in the list are there. */
    build(folder: string): Promise<void>;
}

/** Digest of texts; their order and borders count. */
export function contentKey(...parts: readonly string[]): string {
    const hash = createHash("sha256");
    for (const part of parts) {
        hash.update(`${Buffer.byteLength(part)}:`).update(part);
    }
    return hash.digest("hex").slice(0, 16);
}

/** Digest of a source file, or of all files below a folder: names and contents. An absent source has one, too. */
export function sourceKey(source: string): string {
    return contentKey(
        ...filesBelow(source).flatMap((file) => [path.relative(source, file), readFileSync(file, "utf8")]),
    );
}

/** Tells one state of a large file of this machine from another, without reading it. */
export function fileStamp(file: string): string {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? `${file} absent` : `${file} ${stat.size} ${stat.mtimeMs}`;
}

function filesBelow(source: string): string[] {
    const stat = statSync(source, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
        return readdirSync(source)
            .sort()
            .flatMap((name) => filesBelow(path.join(source, name)));
    }
    return stat === undefined ? [] : [source];
}

import { readFileSync } from "node:fs";
import path from "node:path";
import type { ClusterPaths } from "../home/paths";

export function logFile(paths: ClusterPaths, program: string): string {
    return path.join(paths.logs, `${program}.log`);
}

/** Names a log and quotes its last lines; none when it is gone, as after `delete`. */
export function lastWords(file: string, lines = 10): string {
    return `its log ${file} ends with:\n${read(file).trimEnd().split("\n").slice(-lines).join("\n")}`;
}

function read(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

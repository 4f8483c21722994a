import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Path of a program that a shell would find; undefined where there is none. */
export function findProgram(name: string): string | undefined {
    return (process.env["PATH"] ?? "")
        .split(path.delimiter)
        .map((folder) => path.join(folder, name))
        .find(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

/** What the client library loses of a kubeconfig that it reads and writes again. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { readKubeconfig, type UserEntry } from "../../shared/kubeconfig";

const LOST = ["tokenFile", "as-groups", "as-uid", "as-user-extra"] as const;

/**
 * @param exported A kubeconfig as the library writes it, JSON.
 * @param file The one that it was read from; default those of kubectl.
 */
export function withLost(exported: string, file: string | undefined): string {
    const files = file === undefined ? defaultFiles() : [file];
    const users = new Map<string, UserEntry>();
    for (const each of files.toReversed()) {
        for (const { name, user } of readKubeconfig(readFileSync(each, "utf8")).users)
            users.set(name, lostOf(user, each));
    }
    const { users: kept, ...rest } = readKubeconfig(exported);
    return JSON.stringify({
        ...rest,
        users: kept.map(({ name, user }) => ({ name, user: { ...entries(user), ...users.get(name) } })),
    });
}

/** https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/: of equal names, the first counts. */
function defaultFiles(): string[] {
    const named = (process.env["KUBECONFIG"] ?? "").split(path.delimiter).filter((each) => each !== "");
    return (named.length > 0 ? named : [path.join(homedir(), ".kube", "config")]).filter((each) => existsSync(each));
}

/** A path is one from the file's folder. */
function lostOf(user: unknown, file: string): UserEntry {
    const found = Object.entries(entries(user)).filter(([field]) => LOST.some((lost) => lost === field));
    return Object.fromEntries(
        found.map(([field, value]) => [
            field,
            field === "tokenFile" && typeof value === "string" ? path.resolve(path.dirname(file), value) : value,
        ]),
    );
}

function entries(user: unknown): object {
    return typeof user === "object" && user !== null ? user : {};
}

/**
 * The kubeconfigs that kubectl would read, as one. The client library's own reading stops at a context that nobody asked for,
 * quotes lines of a file that is no YAML, and leaves out files of tokens and groups.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../../shared/kubeconfig";

type Entry = Kubeconfig["users"][number];

/** Fields of an entry that name files. */
const FILES = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * @param file Default what kubectl reads: the files of KUBECONFIG or ~/.kube/config; in a pod, its account.
 * @returns Without names that another one has before it; undefined where there is none.
 * @throws KubeconfigError for a file that is none; Error for one that cannot be read.
 */
export function readKubeconfigs(file: string | undefined): Kubeconfig | undefined {
    const files = file === undefined ? defaultFiles() : [file];
    const all = files.map((each) => {
        try {
            return located(readKubeconfig(readFileSync(each, "utf8")), path.dirname(path.resolve(each)));
        } catch (error) {
            throw error instanceof KubeconfigError ? new KubeconfigError(`${each}: ${error.message}`) : error;
        }
    });
    if (all.length === 0) return ofPod();
    return {
        clusters: all.flatMap(({ clusters }) => clusters).filter(isFirst),
        users: all.flatMap(({ users }) => users).filter(isFirst),
        contexts: all.flatMap(({ contexts }) => contexts).filter(isFirst),
    };
}

/** https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ */
function defaultFiles(): string[] {
    const named = (process.env["KUBECONFIG"] ?? "").split(path.delimiter).filter((each) => each !== "");
    return (named.length > 0 ? named : [path.join(homedir(), ".kube", "config")]).filter((each) => existsSync(each));
}

function isFirst({ name }: Entry, index: number, all: readonly Entry[]): boolean {
    return all.findIndex((each) => each.name === name) === index;
}

/** With paths that are good everywhere: those of a kubeconfig are from its folder. */
function located({ clusters, users, contexts }: Kubeconfig, folder: string): Kubeconfig {
    const from = (value: unknown): unknown => (typeof value === "string" ? path.resolve(folder, value) : value);
    const moved = (value: unknown): unknown => {
        if (typeof value !== "object" || value === null) return value;
        const fields = Object.entries(value).map(([key, each]: [string, unknown]) => {
            if (FILES.includes(key)) return [key, from(each)] as const;
            return [key, key === "exec" ? withCommand(each, folder) : each] as const;
        });
        return Object.fromEntries(fields);
    };
    return {
        clusters: clusters.map(({ name, cluster }) => ({ name, cluster: moved(cluster) })),
        users: users.map(({ name, user }) => ({ name, user: moved(user) })),
        contexts,
    };
}

/** A command without a slash is looked for on PATH. */
function withCommand(exec: unknown, folder: string): unknown {
    if (typeof exec !== "object" || exec === null || !("command" in exec)) return exec;
    const { command } = exec;
    return typeof command === "string" && command.includes("/")
        ? { ...exec, command: path.resolve(folder, command) }
        : exec;
}

function ofPod(): Kubeconfig | undefined {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
    if (host === undefined || !existsSync(`${ACCOUNT}/token`)) return undefined;
    const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const name = "in-cluster";
    return {
        clusters: [{ name, cluster: { server, "certificate-authority": `${ACCOUNT}/ca.crt` } }],
        users: [{ name, user: { tokenFile: `${ACCOUNT}/token` } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
    };
}

/** What this project has to know of a kubeconfig (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). */
import { parse } from "yaml";
import { z } from "zod";

const kubeconfig = z.object({
    clusters: z.array(
        z.object({
            name: z.string(),
            cluster: z.object({
                server: z.string(),
                "certificate-authority-data": z.string().optional(),
                "certificate-authority": z.string().optional(),
            }),
        }),
    ),
    contexts: z.array(
        z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string().optional() }) }),
    ),
    users: z.array(z.object({ name: z.string(), user: z.record(z.string(), z.unknown()) })).default([]),
    "current-context": z.string().optional(),
});

export interface ClusterAccess {
    /** URL of the API server. */
    readonly server: string;
    /** Its CA, base64 of PEM; undefined where the kubeconfig only names a file. */
    readonly certificateAuthority: string | undefined;
    /** How the user of the context proves itself, e.g. `token`, `exec`, `client-certificate-data`. */
    readonly credentials: readonly string[];
    /** Fields that name a file of one machine, e.g. `certificate-authority`, with its path. */
    readonly files: readonly string[];
}

/** Fields of a user that name a file; what is in the file itself has a field with `-data`, or `token`. */
const FILE_FIELDS = ["client-certificate", "client-key", "tokenFile"];

/** @throws Error in a user's words, without the kubeconfig's content, when no cluster can be found in it. */
export function clusterAccess(text: string, context: string | undefined): ClusterAccess {
    const { clusters, contexts, users, "current-context": current } = read(text);
    const wanted = context ?? current;
    if (wanted === undefined || wanted === "") {
        throw new Error("the kubeconfig has no current context, and `context` is not set");
    }
    const found = contexts.find((candidate) => candidate.name === wanted)?.context;
    const cluster = clusters.find((candidate) => candidate.name === found?.cluster)?.cluster;
    if (cluster === undefined) {
        const known = contexts.map((candidate) => candidate.name).join(", ");
        throw new Error(`the kubeconfig has no context ${wanted} with its cluster (contexts: ${known})`);
    }
    const user = users.find((candidate) => candidate.name === found?.user)?.user ?? {};
    const named = { "certificate-authority": cluster["certificate-authority"], ...user };
    return {
        server: cluster.server,
        certificateAuthority: cluster["certificate-authority-data"],
        credentials: Object.keys(user).sort(),
        files: ["certificate-authority", ...FILE_FIELDS].flatMap((field) => {
            const file: unknown = Reflect.get(named, field);
            return typeof file === "string" ? [`${field}: ${file}`] : [];
        }),
    };
}

/**
 * Why another cluster's control plane could not use a kubeconfig; undefined where it can. It has nobody's files and runs
 * no plugin (https://istio.io/latest/docs/reference/commands/pilot-discovery/: insecure kubeconfig options).
 */
export function readerProblem(text: string): string | undefined {
    const { certificateAuthority, credentials, files } = clusterAccess(text, undefined);
    if (files.length > 0) return `it names files of one machine (${files.join(", ")})`;
    if (credentials.join() !== "token")
        return `it must prove itself by a token alone, not by ${credentials.join(", ") || "nothing"}`;
    return certificateAuthority === undefined ? "it holds no CA of the API server" : undefined;
}

function read(text: string): z.infer<typeof kubeconfig> {
    try {
        return kubeconfig.parse(parse(text));
    } catch {
        // The parsers' own messages quote the content.
        throw new Error("this is not a kubeconfig: clusters or contexts are missing, or it is not YAML");
    }
}

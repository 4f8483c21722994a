/**
 * Kubeconfigs, read and written by one set of rules
 * (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). Messages quote names, paths and addresses of a
 * kubeconfig and nothing else of it: the rest may be keys and tokens.
 */
import { LineCounter, parseDocument, stringify } from "yaml";
import { z } from "zod";

const text = z.string().min(1);

const clusterEntry = z.looseObject({
    server: text,
    "certificate-authority": text.optional(),
    "certificate-authority-data": text.optional(),
    "tls-server-name": text.optional(),
    "insecure-skip-tls-verify": z.boolean().optional(),
    "proxy-url": text.optional(),
});

const userEntry = z.looseObject({
    "client-certificate": text.optional(),
    "client-certificate-data": text.optional(),
    "client-key": text.optional(),
    "client-key-data": text.optional(),
    token: text.optional(),
    tokenFile: text.optional(),
    exec: z
        .looseObject({
            apiVersion: text.optional(),
            command: text,
            args: z.array(z.string()).nullish(),
            env: z.array(z.object({ name: text, value: z.string() })).nullish(),
            provideClusterInfo: z.boolean().optional(),
        })
        .optional(),
    "auth-provider": z.unknown().optional(),
    username: z.unknown().optional(),
    as: text.optional(),
    "as-groups": z.array(text).optional(),
    "as-uid": text.optional(),
    "as-user-extra": z.record(z.string(), z.array(z.string())).optional(),
});

/** What entries hold is only judged once a context leads to them: kubectl, too, leaves half-made ones alone. */
const entries = z
    .array(z.looseObject({ name: z.string() }))
    .nullable()
    .transform((list) => list ?? []);

const file = z.looseObject({
    clusters: entries,
    users: entries.optional().default([]),
    contexts: entries,
    "current-context": z.string().nullish(),
});

const contextEntry = z.looseObject({ cluster: text, user: z.string().nullish() });

/** What a kubeconfig lacks, in words that a user can act on. */
export class KubeconfigError extends Error {
    public override readonly name = "KubeconfigError";
}

export type ClusterEntry = z.infer<typeof clusterEntry>;
export type UserEntry = z.infer<typeof userEntry>;
export type Kubeconfig = z.infer<typeof file>;

/** One context of a kubeconfig, with what it leads to. */
export interface Context {
    readonly name: string;
    readonly cluster: ClusterEntry;
    /** Empty where the context names no user. */
    readonly user: UserEntry;
}

/** @throws KubeconfigError for what is no kubeconfig at all. */
export function readKubeconfig(content: string): Kubeconfig {
    const lines = new LineCounter();
    const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) {
        throw new KubeconfigError(`this is not a kubeconfig: line ${lines.linePos(error.pos[0]).line} is no YAML`);
    }
    const read = file.safeParse(document.toJS());
    if (!read.success) {
        throw new KubeconfigError("this is not a kubeconfig: it has no lists of clusters, users and contexts");
    }
    return read.data;
}

/**
 * @param name Default the current context.
 * @throws KubeconfigError for a context that is not there, or that does not lead to a cluster.
 */
export function contextOf(kubeconfig: Kubeconfig, name?: string): Context {
    const { clusters, users, contexts, "current-context": current } = kubeconfig;
    const wanted = name ?? (current || undefined);
    if (wanted === undefined) {
        throw new KubeconfigError("the kubeconfig has no current context, and `context` is not set");
    }
    const found = contexts.find((entry) => entry.name === wanted);
    if (found === undefined) {
        const known = contexts.map((entry) => entry.name).join(", ") || "none";
        throw new KubeconfigError(`the kubeconfig has no context ${wanted} (contexts: ${known})`);
    }
    const context = contextEntry.safeParse(found["context"]).data;
    if (context === undefined) {
        throw new KubeconfigError(`context ${wanted} of the kubeconfig names no cluster`);
    }
    const cluster = clusters.find((entry) => entry.name === context.cluster);
    if (cluster === undefined) {
        throw new KubeconfigError(`context ${wanted} leads to cluster ${context.cluster}, which the kubeconfig lacks`);
    }
    const user = users.find((entry) => entry.name === context.user)?.["user"];
    return {
        name: wanted,
        cluster: entryOf(clusterEntry, cluster["cluster"], `cluster ${context.cluster}`),
        user: entryOf(userEntry, user ?? {}, `user ${context.user ?? ""}`),
    };
}

function entryOf<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
    const read = schema.safeParse(value ?? {});
    if (read.success) return read.data;
    const fields = read.error.issues.map(({ path }) => path.map(String).join("."));
    throw new KubeconfigError(`${what} of the kubeconfig needs another ${[...new Set(fields)].join(", ")}`);
}

/** Fields that name a file of one machine, with its path, e.g. `certificate-authority: /etc/ca.crt`. */
export function filesOf({ cluster, user }: Context): string[] {
    const files: Readonly<Record<string, string | undefined>> = {
        "certificate-authority": cluster["certificate-authority-data"] ? undefined : cluster["certificate-authority"],
        "client-certificate": user["client-certificate-data"] ? undefined : user["client-certificate"],
        "client-key": user["client-key-data"] ? undefined : user["client-key"],
        tokenFile: user.token ? undefined : user.tokenFile,
    };
    return Object.entries(files).flatMap(([field, path]) => (path === undefined ? [] : [`${field}: ${path}`]));
}

/** Why nothing of this project connects by a context; undefined where it may. */
export function refusalOf({ cluster, user }: Context): string | undefined {
    if (!URL.canParse(cluster.server) || new URL(cluster.server).protocol !== "https:") {
        return "its server must be an https URL";
    }
    if (cluster["insecure-skip-tls-verify"] === true) {
        return "it sets insecure-skip-tls-verify, and a cluster that is not verified may be anybody's";
    }
    const removed = ["auth-provider", "username"].filter((field) => user[field] !== undefined);
    return removed.length > 0
        ? `Kubernetes has removed \`${removed.join("` and `")}\`: it must use exec, a client certificate or a token`
        : undefined;
}

/**
 * On whose behalf requests are made: headers, each with all of its values. A header of several values is sent several times.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export function impersonation(user: UserEntry): Record<string, string[]> {
    const { as, "as-groups": groups = [], "as-uid": uid, "as-user-extra": extra = {} } = user;
    return {
        ...(as === undefined ? {} : { "Impersonate-User": [as] }),
        ...(groups.length === 0 ? {} : { "Impersonate-Group": groups }),
        ...(uid === undefined ? {} : { "Impersonate-Uid": [uid] }),
        ...Object.fromEntries(
            Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, values]),
        ),
    };
}

/** A kubeconfig of one context, as YAML; context, cluster and user have one name. */
export function writeKubeconfig(name: string, cluster: Partial<ClusterEntry>, user: UserEntry): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    });
}

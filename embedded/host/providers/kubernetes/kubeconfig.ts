/** Which cluster a Kubernetes provider talks to, and as whom (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { ProblemsError } from "../../../../shared/problems";
import type { Properties } from "../provider";
import { textAt } from "../inputs";

const text = z.string().min(1);
const refused = (why: string) => z.undefined({ error: why }).optional();

const cluster = z.looseObject({
    server: z.url({ protocol: /^https$/, error: "must be an https:// URL" }),
    "certificate-authority": text.optional(),
    "certificate-authority-data": text.optional(),
    "tls-server-name": text.optional(),
    "insecure-skip-tls-verify": z.literal(false, { error: "an unverified cluster is nobody's cluster" }).optional(),
    "proxy-url": refused("the embedded host reaches clusters without a proxy"),
});

const user = z.looseObject({
    "client-certificate": text.optional(),
    "client-certificate-data": text.optional(),
    "client-key": text.optional(),
    "client-key-data": text.optional(),
    token: text.optional(),
    tokenFile: text.optional(),
    exec: z.looseObject({ command: text }).optional(),
    "auth-provider": refused("Kubernetes has removed it; use exec, client certificates or a token"),
    username: refused("Kubernetes has removed it; use exec, client certificates or a token"),
});

const kubeconfig = z.looseObject({
    clusters: z.array(z.looseObject({ name: text, cluster: z.unknown() })).min(1),
    users: z.array(z.looseObject({ name: text, user: z.unknown() })).min(1),
    contexts: z.array(z.looseObject({ name: text, context: z.looseObject({ cluster: text, user: text }) })).min(1),
    "current-context": z.string().optional(),
});

export type ClusterEntry = z.infer<typeof cluster>;
export type UserEntry = z.infer<typeof user>;

export interface Kubeconfig {
    /** The whole file, as YAML, with the chosen context as its current one. */
    readonly yaml: string;
    /** The chosen context's cluster: two providers talk to one cluster where it is equal. */
    readonly cluster: ClusterEntry;
    readonly user: UserEntry;
    /** Folder that relative paths in it start from. */
    readonly folder: string;
}

/**
 * Reads the inputs `kubeconfig` (YAML, JSON, or the path of a file; absent: `$KUBECONFIG`) and `context`.
 * @throws ProblemsError where there is no cluster to talk to, or where it would not be verified.
 */
export function loadKubeconfig(inputs: Properties): Kubeconfig {
    const given = textAt(inputs, "kubeconfig") ?? process.env["KUBECONFIG"] ?? "";
    const { content, folder } = contentOf(given);
    const config = judged(kubeconfig, parseYaml(content), "kubeconfig");
    const wanted = textAt(inputs, "context") ?? config["current-context"] ?? "";
    const context = config.contexts.find(({ name }) => name === wanted)?.context;
    if (context === undefined) {
        const names = config.contexts.map(({ name }) => name).join(", ");
        throw problem("context", `must be a context of the kubeconfig, which has ${names}`, wanted);
    }
    const entry = config.clusters.find(({ name }) => name === context.cluster)?.cluster;
    const account = config.users.find(({ name }) => name === context.user)?.user;
    return {
        yaml: stringify({ ...config, "current-context": wanted }),
        cluster: judged(cluster, entry, `kubeconfig.clusters.${context.cluster}`),
        user: judged(user, account ?? {}, `kubeconfig.users.${context.user}`),
        folder,
    };
}

function contentOf(given: string): { content: string; folder: string } {
    if (given === "") throw problem("kubeconfig", "no kubeconfig is given, and KUBECONFIG is not set");
    if (given.includes("\n") || given.trimStart().startsWith("{")) return { content: given, folder: process.cwd() };
    if (!existsSync(given)) throw problem("kubeconfig", "must be YAML, JSON, or the path of a file that exists", given);
    return { content: readFileSync(given, "utf8"), folder: path.dirname(path.resolve(given)) };
}

function parseYaml(content: string): unknown {
    try {
        return parse(content);
    } catch {
        throw problem("kubeconfig", "must be YAML or JSON");
    }
}

/** Values stay out of the error: they may be keys. */
function judged<T>(schema: z.ZodType<T>, value: unknown, subject: string): T {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw new ProblemsError(
        result.error.issues.map((issue) => ({
            subject: [`kubernetes provider.${subject}`, ...issue.path.map(String)].join("."),
            rule: issue.message,
            fix: FIX,
        })),
    );
}

const FIX = "Give the kubernetes provider a cluster that you can reach with kubectl";

function problem(input: string, rule: string, value?: string): ProblemsError {
    const subject = `kubernetes provider.${input}`;
    return new ProblemsError([{ subject, ...(value === undefined ? {} : { value }), rule, fix: FIX }]);
}

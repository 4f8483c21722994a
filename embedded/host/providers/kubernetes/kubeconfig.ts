/** Which cluster a Kubernetes provider talks to, and as whom (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). */
import { existsSync, readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { ProblemsError } from "../../../../problems";
import type { Properties } from "../../provider";
import { textAt } from "../inputs";

const text = z.string().min(1);
const cluster = z.looseObject({ server: z.url() });
const kubeconfig = z.looseObject({
    clusters: z.array(z.looseObject({ name: text, cluster })).min(1),
    users: z.array(z.looseObject({ name: text })).min(1),
    contexts: z.array(z.looseObject({ name: text, context: z.looseObject({ cluster: text, user: text }) })).min(1),
    "current-context": z.string().optional(),
});

/** A kubeconfig reduced to what a client needs, as YAML whose current context is the chosen one. */
export interface Kubeconfig {
    readonly yaml: string;
    /** URL of the API server. */
    readonly server: string;
    /** The entry of the cluster: two providers talk to one cluster where it is equal. */
    readonly cluster: Readonly<Record<string, unknown>>;
}

/**
 * Reads the inputs `kubeconfig` (YAML, JSON, or the path of a file; absent: `$KUBECONFIG`) and `context`.
 * @throws ProblemsError where there is no cluster to talk to, or where it would not be verified.
 */
export function loadKubeconfig(inputs: Properties): Kubeconfig {
    const given = textAt(inputs, "kubeconfig") ?? process.env["KUBECONFIG"] ?? "";
    const parsed = kubeconfig.safeParse(parseYaml(contentOf(given)));
    if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw problem(
            "kubeconfig",
            `must be a kubeconfig (${issue ? `${issue.path.join(".")}: ${issue.message}` : ""})`,
        );
    }
    const config = parsed.data;
    const wanted = textAt(inputs, "context") ?? config["current-context"] ?? "";
    const context = config.contexts.find(({ name }) => name === wanted)?.context;
    if (context === undefined) {
        const names = config.contexts.map(({ name }) => name).join(", ");
        throw problem("context", `must be a context of the kubeconfig, which has ${names}`, wanted);
    }
    const entry = config.clusters.find(({ name }) => name === context.cluster)?.cluster;
    if (entry === undefined) throw problem("kubeconfig", `context ${wanted} names a cluster that is not in it`);
    if (entry["insecure-skip-tls-verify"] === true) {
        throw problem("kubeconfig", "insecure-skip-tls-verify is set, and an unverified cluster is nobody's cluster");
    }
    return { yaml: stringify({ ...config, "current-context": wanted }), server: entry.server, cluster: entry };
}

function contentOf(given: string): string {
    if (given === "") throw problem("kubeconfig", "no kubeconfig is given, and KUBECONFIG is not set");
    if (given.includes("\n") || given.trimStart().startsWith("{")) return given;
    if (!existsSync(given)) throw problem("kubeconfig", "must be YAML, JSON, or the path of a file that exists", given);
    return readFileSync(given, "utf8");
}

function parseYaml(content: string): unknown {
    try {
        return parse(content);
    } catch {
        throw problem("kubeconfig", "must be YAML or JSON");
    }
}

function problem(input: string, rule: string, value?: string): ProblemsError {
    const fix = `Set ${input} of the kubernetes provider to a cluster that you can reach with kubectl`;
    return new ProblemsError([
        { subject: `kubernetes provider.${input}`, ...(value === undefined ? {} : { value }), rule, fix },
    ]);
}

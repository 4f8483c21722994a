/** Which cluster a Kubernetes provider talks to, and as whom (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import {
    type ClusterEntry,
    contextOf,
    KubeconfigError,
    readKubeconfig,
    refusalOf,
} from "../../../../shared/kubeconfig";
import { ProblemsError } from "../../../../shared/problems";
import type { Kubeconfig } from "../../../apiServer/access";
import type { Properties } from "../provider";
import { textAt } from "../../../apiServer/json";

/**
 * Reads the inputs `kubeconfig` (YAML, JSON, or the path of a file; absent: `$KUBECONFIG`) and `context`.
 * @throws ProblemsError where there is no cluster to talk to, or where it would not be verified.
 */
export function loadKubeconfig(inputs: Properties): Kubeconfig {
    const given = textAt(inputs, "kubeconfig") ?? process.env["KUBECONFIG"] ?? "";
    const { content, folder } = contentOf(given);
    try {
        const config = readKubeconfig(content);
        const { name, cluster, user } = contextOf(config, textAt(inputs, "context"));
        const refusal = refusalOf({ name, cluster, user }) ?? unserved(cluster);
        if (refusal !== undefined) throw new KubeconfigError(`context ${name} cannot be used: ${refusal}`);
        return { yaml: stringify({ ...config, "current-context": name }), cluster, user, folder };
    } catch (error) {
        if (error instanceof KubeconfigError) throw problem("kubeconfig", error.message);
        throw error;
    }
}

function unserved(cluster: ClusterEntry): string | undefined {
    return cluster["proxy-url"] === undefined ? undefined : "the embedded host reaches clusters without a proxy";
}

function contentOf(given: string): { content: string; folder: string } {
    if (given === "") throw problem("kubeconfig", "no kubeconfig is given, and KUBECONFIG is not set");
    if (given.includes("\n") || given.trimStart().startsWith("{")) return { content: given, folder: process.cwd() };
    if (!existsSync(given)) throw problem("kubeconfig", "must be YAML, JSON, or the path of a file that exists", given);
    return { content: readFileSync(given, "utf8"), folder: path.dirname(path.resolve(given)) };
}

const FIX = "Give the kubernetes provider a cluster that you can reach with kubectl";

function problem(input: string, rule: string, value?: string): ProblemsError {
    const subject = `kubernetes provider.${input}`;
    return new ProblemsError([{ subject, ...(value === undefined ? {} : { value }), rule, fix: FIX }]);
}

/** Clusters that exist already: their kubeconfig is read and checked before anything changes. */
import { apiServerProblem } from "../../components/internal/rules";
import { contextOf, filesOf, readKubeconfig, refusalOf } from "../../shared/kubeconfig";
import type { Problem } from "../../shared/problems";
import type { ExistingSource } from "./schema";

export interface ExistingCluster {
    readonly source: "existing";
    /** Content of the kubeconfig; secret. */
    readonly kubeconfig: string;
    readonly context: string | undefined;
    /** URL of the API server as pods of the other clusters reach it. */
    readonly apiServer: string;
}

/** @param readFile Reads a kubeconfig's file. */
export function readExisting(
    subject: string,
    { kubeconfig, kubeconfigFile, context, apiServer }: Omit<ExistingSource, "source">,
    readFile: (path: string) => string,
): ExistingCluster | Problem {
    if ((kubeconfig === undefined) === (kubeconfigFile === undefined)) {
        const rule = "needs exactly one of `kubeconfig` (its content, as a secret) and `kubeconfigFile` (its path)";
        return { subject, rule, fix: "Set one of them." };
    }
    const field = kubeconfig === undefined ? "kubeconfigFile" : "kubeconfig";
    const at = { subject: `${subject}.${field}`, ...(kubeconfigFile === undefined ? {} : { value: kubeconfigFile }) };
    let text, found;
    try {
        text = kubeconfig ?? readFile(kubeconfigFile ?? "");
        found = contextOf(readKubeconfig(text), context);
    } catch (error) {
        const rule = error instanceof Error ? error.message : String(error);
        return { ...at, rule, fix: "Correct it, or set `context`." };
    }
    const files = filesOf(found);
    if (files.length > 0) {
        const rule = `must hold certificates, keys and tokens themselves: a path is one of a single machine (${files.join(", ")})`;
        const fix = "`kubectl config view --raw --minify --flatten` writes such a kubeconfig.";
        return { subject: at.subject, rule, fix };
    }
    const refusal = refusalOf(found);
    if (refusal !== undefined) {
        return {
            ...at,
            rule: `context ${found.name} cannot be used: ${refusal}`,
            fix: "Correct it, or set `context`.",
        };
    }
    const server = apiServer ?? found.cluster.server;
    const problem = apiServerProblem(server);
    if (problem !== undefined) {
        const fix = "Set `apiServer` to the URL under which pods of the other clusters reach it.";
        return {
            subject: `${subject}.${apiServer === undefined ? field : "apiServer"}`,
            value: server,
            rule: problem,
            fix,
        };
    }
    return { source: "existing", kubeconfig: text, context, apiServer: server };
}

/** Clusters that exist already: their kubeconfig is read and checked before anything changes. */
import { apiServerProblem } from "../../components/internal/rules";
import type { Problem } from "../../shared/problems";
import { clusterAccess } from "./kubeconfig";
import type { ExistingSource } from "./schema";

export interface ExistingCluster {
    readonly source: "existing";
    /** Content of the kubeconfig; secret. */
    readonly kubeconfig: string;
    readonly context: string | undefined;
    /** URL of the API server as pods of the other clusters reach it. */
    readonly apiServer: string;
    /** CA of the API server, base64 of PEM: tells one cluster from another of the same name. */
    readonly certificateAuthority: string | undefined;
}

/** @param readFile Reads a kubeconfig's file. */
export function readExisting(
    subject: string,
    { kubeconfig, kubeconfigFile, context, apiServer }: ExistingSource,
    readFile: (path: string) => string,
): ExistingCluster | Problem {
    if ((kubeconfig === undefined) === (kubeconfigFile === undefined)) {
        const rule = "needs exactly one of `kubeconfig` (its content, as a secret) and `kubeconfigFile` (its path)";
        return { subject, rule, fix: "Set one of them." };
    }
    const field = kubeconfig === undefined ? "kubeconfigFile" : "kubeconfig";
    let text, access;
    try {
        text = kubeconfig ?? readFile(kubeconfigFile ?? "");
        access = clusterAccess(text, context);
    } catch (error) {
        const value = kubeconfigFile === undefined ? {} : { value: kubeconfigFile };
        const rule = error instanceof Error ? error.message : String(error);
        return { subject: `${subject}.${field}`, ...value, rule, fix: "Correct it, or set `context`." };
    }
    if (access.files.length > 0) {
        const rule = `must hold certificates, keys and tokens themselves: a path is one of a single machine (${access.files.join(", ")})`;
        const fix = "`kubectl config view --raw --minify --flatten` writes such a kubeconfig.";
        return { subject: `${subject}.${field}`, rule, fix };
    }
    const server = apiServer ?? access.server;
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
    return {
        source: "existing",
        kubeconfig: text,
        context,
        apiServer: server,
        certificateAuthority: access.certificateAuthority,
    };
}

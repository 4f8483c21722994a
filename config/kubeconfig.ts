/** What this project has to know of a kubeconfig (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/). */
import { parse } from "yaml";
import { z } from "zod";

const kubeconfig = z.object({
    clusters: z.array(
        z.object({
            name: z.string(),
            cluster: z.object({ server: z.string(), "certificate-authority-data": z.string().optional() }),
        }),
    ),
    contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })),
    "current-context": z.string().optional(),
});

export interface ClusterAccess {
    /** URL of the API server. */
    readonly server: string;
    /** Its CA, base64 of PEM; undefined where the kubeconfig only names a file. */
    readonly certificateAuthority: string | undefined;
}

/** @throws Error in a user's words, without the kubeconfig's content, when no cluster can be found in it. */
export function clusterAccess(text: string, context: string | undefined): ClusterAccess {
    const { clusters, contexts, "current-context": current } = read(text);
    const wanted = context ?? current;
    if (wanted === undefined || wanted === "") {
        throw new Error("the kubeconfig has no current context, and `context` is not set");
    }
    const name = contexts.find((candidate) => candidate.name === wanted)?.context.cluster;
    const found = clusters.find((candidate) => candidate.name === name)?.cluster;
    if (found === undefined) {
        const known = contexts.map((candidate) => candidate.name).join(", ");
        throw new Error(`the kubeconfig has no context ${wanted} with its cluster (contexts: ${known})`);
    }
    return { server: found.server, certificateAuthority: found["certificate-authority-data"] };
}

function read(text: string): z.infer<typeof kubeconfig> {
    try {
        return kubeconfig.parse(parse(text));
    } catch {
        // The parsers' own messages quote the content.
        throw new Error("this is not a kubeconfig: clusters or contexts are missing, or it is not YAML");
    }
}

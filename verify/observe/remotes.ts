/** Remote Secrets: https://istio.io/latest/docs/reference/commands/istioctl/#istioctl-create-remote-secret */
import { parse } from "yaml";
import { z } from "zod";
import { SYSTEM_NAMESPACE } from "./istio";
import type { KubernetesView } from "./kubernetes";

const kubeconfig = z.object({
    clusters: z.array(
        z.object({ cluster: z.object({ server: z.string(), "certificate-authority-data": z.string().optional() }) }),
    ),
    users: z.array(z.object({ user: z.record(z.string(), z.unknown()) })),
});

/** What one remote Secret leads to. No credentials. */
export interface Remote {
    readonly secret: string;
    /** Name of the cluster that it is for, as istiod takes it: its key. */
    readonly clusterName: string;
    readonly server: string;
    readonly hasCa: boolean;
    /** Fields of the user, e.g. `token`. */
    readonly credentials: readonly string[];
}

export interface Remotes {
    readonly cluster: string;
    readonly remotes: readonly Remote[];
}

/** How an istiod proves itself to a peer's API server. Secret. */
export interface Credentials {
    /** Istio's name of the peer. */
    readonly clusterName: string;
    readonly server: string;
    /** PEM. */
    readonly authority: string;
    readonly token: string;
}

/** The clusters that a cluster's istiod is to read. */
export async function remotesOf(kubernetes: KubernetesView): Promise<Omit<Remotes, "cluster">> {
    const remotes = (await entriesOf(kubernetes)).map(({ secret, clusterName, server, authority, user }) => ({
        secret,
        clusterName,
        server: server ?? "nowhere",
        hasCa: authority !== undefined,
        credentials: Object.keys(user),
    }));
    return { remotes };
}

/** Of those remote Secrets that are whole. */
export async function credentialsOf(kubernetes: KubernetesView): Promise<Credentials[]> {
    return (await entriesOf(kubernetes)).flatMap(({ clusterName, server = "", authority, user: { token } }) =>
        URL.canParse(server) && authority !== undefined && typeof token === "string"
            ? [{ clusterName, server, authority: Buffer.from(authority, "base64").toString("utf8"), token }]
            : [],
    );
}

async function entriesOf(kubernetes: KubernetesView) {
    const secrets = await kubernetes.secrets(SYSTEM_NAMESPACE, "istio/multiCluster=true");
    return secrets.flatMap(({ metadata, data }) =>
        Object.entries(data ?? {}).map(([clusterName, value]) => {
            const config = kubeconfig.safeParse(parse(Buffer.from(value, "base64").toString("utf8"))).data;
            const cluster = config?.clusters[0]?.cluster;
            return {
                secret: metadata?.name ?? "",
                clusterName,
                server: cluster?.server,
                authority: cluster?.["certificate-authority-data"],
                user: config?.users[0]?.user ?? {},
            };
        }),
    );
}

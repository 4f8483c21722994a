/** Remote Secrets: https://istio.io/latest/docs/reference/commands/istioctl/#istioctl-create-remote-secret */
import { type Context, contextOf, KubeconfigError, readKubeconfig } from "../../shared/kubeconfig";
import { controlPlaneOf } from "./controlPlane";
import type { KubernetesView } from "./kubernetes";
import { qualifiedName } from "./objects";

/** istiod reads Secrets with it, in its own namespace. */
export const REMOTE_LABEL = "istio/multiCluster=true";

/** What one remote Secret leads to. No credentials. */
export type Remote = RemoteName & (Usable | { readonly unreadable: string });

interface RemoteName {
    readonly secret: string;
    /** Name of the cluster that it is for, as istiod takes it: its key. */
    readonly clusterName: string;
}

interface Usable {
    readonly server: string;
    readonly hasCa: boolean;
    /** Fields of the user, e.g. `token`. */
    readonly credentials: readonly string[];
}

export interface Remotes {
    readonly cluster: string;
    /** Where its istiod reads them. */
    readonly namespace: string;
    readonly remotes: readonly Remote[];
}

/** How an istiod proves itself to a peer's API server. Secret. */
export interface Credentials {
    /** Istio's name of the peer. */
    readonly clusterName: string;
    readonly server: string;
    /** Name that its certificate has to have; absent where it is the host of `server`. */
    readonly serverName?: string;
    /** PEM. */
    readonly authority: string;
    readonly token: string;
}

/** The clusters that a cluster's istiod is to read. */
export async function remotesOf(kubernetes: KubernetesView): Promise<Omit<Remotes, "cluster">> {
    const remotes = (await entriesOf(kubernetes)).map(({ context, ...name }) =>
        context instanceof KubeconfigError
            ? { ...name, unreadable: context.message }
            : {
                  ...name,
                  server: context.cluster.server,
                  hasCa: context.cluster["certificate-authority-data"] !== undefined,
                  credentials: Object.keys(context.user),
              },
    );
    return { namespace: (await controlPlaneOf(kubernetes)).namespace, remotes };
}

/** Of those remote Secrets that are whole. */
export async function credentialsOf(kubernetes: KubernetesView): Promise<Credentials[]> {
    return (await entriesOf(kubernetes)).flatMap(({ clusterName, context }) => {
        if (context instanceof KubeconfigError) return [];
        const { cluster, user } = context;
        const { server, "certificate-authority-data": authority, "tls-server-name": serverName } = cluster;
        return URL.canParse(server) && authority !== undefined && user.token !== undefined
            ? [
                  {
                      clusterName,
                      server,
                      ...(serverName === undefined ? {} : { serverName }),
                      authority: Buffer.from(authority, "base64").toString("utf8"),
                      token: user.token,
                  },
              ]
            : [];
    });
}

/** When remote Secrets were last written, by Istio's names of the clusters that they are for. */
export async function remoteChanges(kubernetes: KubernetesView): Promise<ReadonlyMap<string, Date>> {
    const { namespace } = await controlPlaneOf(kubernetes);
    const secrets = await kubernetes.istiod.secrets(namespace, REMOTE_LABEL);
    return new Map(
        secrets.flatMap(({ metadata, data }) => {
            const times = [metadata?.creationTimestamp, ...(metadata?.managedFields ?? []).map(({ time }) => time)];
            const last = new Date(Math.max(...times.map((time) => time?.getTime() ?? 0)));
            return Object.keys(data ?? {}).map((clusterName) => [clusterName, last] as const);
        }),
    );
}

async function entriesOf(kubernetes: KubernetesView) {
    const { namespace } = await controlPlaneOf(kubernetes);
    const secrets = await kubernetes.istiod.secrets(namespace, REMOTE_LABEL);
    return secrets.flatMap(({ metadata, data }) =>
        Object.entries(data ?? {}).map(([clusterName, value]) => ({
            secret: metadata?.name ?? "",
            clusterName,
            context: contextIn(Buffer.from(value, "base64").toString("utf8")),
        })),
    );
}

/** The current context, as istiod takes it. */
function contextIn(kubeconfig: string): Context | KubeconfigError {
    try {
        return contextOf(readKubeconfig(kubeconfig));
    } catch (error) {
        if (error instanceof KubeconfigError) return error;
        throw error;
    }
}

/**
 * Secrets that look like a remote Secret for a cluster, and that istiod does not read: of another namespace, or without the
 * label. `namespace/name`, with the reason.
 */
export async function strayRemotes(kubernetes: KubernetesView, clusterName: string): Promise<string[]> {
    const { namespace } = await controlPlaneOf(kubernetes);
    const [named, labelled] = await Promise.all([
        kubernetes.istiod.secretsAnywhere({ name: `istio-remote-secret-${clusterName}` }),
        kubernetes.istiod.secretsAnywhere({ labelSelector: REMOTE_LABEL }),
    ]);
    const [label = "", value] = REMOTE_LABEL.split("=");
    const found = [...named, ...labelled.filter(({ data }) => clusterName in (data ?? {}))].flatMap((secret) => {
        const isElsewhere = secret.metadata?.namespace !== namespace;
        const isLabelled = secret.metadata?.labels?.[label] === value;
        const reasons = [
            ...(isElsewhere ? [`istiod reads namespace ${namespace} only`] : []),
            ...(isLabelled ? [] : [`it lacks the label ${REMOTE_LABEL}`]),
        ];
        return reasons.length === 0 ? [] : [`${qualifiedName(secret)} (${reasons.join(", and ")})`];
    });
    return [...new Set(found)];
}

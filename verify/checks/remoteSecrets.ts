import { isIP } from "node:net";
import { parse } from "yaml";
import { z } from "zod";
import { defineCheck, type Part } from "../check";
import { type Mesh, peersOf } from "../mesh";
import { inEachCluster } from "../observe";
import { SYSTEM_NAMESPACE } from "../observe/istio";
import type { KubernetesView } from "../observe/kubernetes";

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

export const remoteSecrets = defineCheck<readonly Remotes[]>({
    id: "remote-secrets",
    group: "discovery",
    proves: "Each cluster has a usable remote Secret for each of its peers, and none for others",
    observe: (view) => inEachCluster(view, remotesOf),
    judge: (all, mesh) => all.flatMap((remotes) => judgeCluster(remotes, mesh)),
});

function judgeCluster({ cluster, remotes }: Remotes, mesh: Mesh): Part[] {
    const peers = peersOf(mesh, cluster);
    const list = remotes.map(({ clusterName, server }) => `${clusterName} at ${server}`).join(", ");
    const seen = `${cluster}: ${list || "none"}`;
    const faults: Part[] = [];
    const fault = (cause: string, fix: string): void => {
        faults.push({ seen, cause, fix });
    };
    for (const { clusterName } of peers.filter(
        (peer) => !remotes.some((remote) => remote.clusterName === peer.clusterName),
    )) {
        fault(
            `${cluster} has no remote Secret for ${clusterName}, so it discovers nothing there.`,
            `Make istio-system/istio-remote-secret-${clusterName} in ${cluster}, with the label istio/multiCluster=true and the key ${clusterName}.`,
        );
    }
    for (const { secret, clusterName, server, hasCa, credentials } of remotes) {
        if (!peers.some((peer) => peer.clusterName === clusterName)) {
            fault(
                `Secret ${secret} of ${cluster} is for ${clusterName}, which is none of its peers: it may keep endpoints of a cluster that is gone.`,
                `Delete it, if that cluster has left the mesh; else name it as a peer.`,
            );
        } else if (isLoopback(server)) {
            fault(
                `Secret ${secret} of ${cluster} leads to ${server}, which is istiod's own pod.`,
                `Write the address under which pods of ${cluster} reach the API server of ${clusterName}.`,
            );
        } else if (!hasCa || credentials.join() !== "token") {
            fault(
                `Secret ${secret} of ${cluster} has ${hasCa ? "a CA" : "no CA"} and proves itself by ${credentials.join(", ") || "nothing"}; istiod takes a CA and a token.`,
                `Make it as \`istioctl create-remote-secret\` does.`,
            );
        }
    }
    return faults.length === 0 ? [{ seen }] : faults;
}

/** The clusters that a cluster's istiod is to read. */
export async function remotesOf(kubernetes: KubernetesView): Promise<Omit<Remotes, "cluster">> {
    const secrets = await kubernetes.secrets(SYSTEM_NAMESPACE, "istio/multiCluster=true");
    const remotes = secrets.flatMap(({ metadata, data }) =>
        Object.entries(data ?? {}).map(([key, value]) => remoteOf(metadata?.name ?? "", key, value)),
    );
    return { remotes };
}

function remoteOf(secret: string, clusterName: string, value: string): Remote {
    const { data } = kubeconfig.safeParse(parse(Buffer.from(value, "base64").toString("utf8")));
    const cluster = data?.clusters[0]?.cluster;
    return {
        secret,
        clusterName,
        server: cluster?.server ?? "nowhere",
        hasCa: cluster?.["certificate-authority-data"] !== undefined,
        credentials: Object.keys(data?.users[0]?.user ?? {}),
    };
}

function isLoopback(server: string): boolean {
    const host = URL.canParse(server) ? new URL(server).hostname.replace(/^\[|\]$/g, "") : "";
    return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

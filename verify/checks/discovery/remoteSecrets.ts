import { defineCheck, type Part } from "../../check";
import { istiodHome, type Mesh, peersOf, servedBy } from "../../mesh";
import { inEachCluster } from "../../observe";
import { isLoopback } from "../../../components/internal/rules";
import { type Remotes, remotesOf, strayRemotes } from "../../observe/remotes";

export interface FoundRemotes extends Remotes {
    /** By peers without a remote Secret: what looks like one, and is not read, with the reason. */
    readonly strays?: Readonly<Record<string, readonly string[]>>;
}

export const remoteSecrets = defineCheck<readonly FoundRemotes[]>({
    id: "remote-secrets",
    group: "discovery",
    proves: "Each cluster with an istiod has a usable remote Secret for each of its peers, and none for others",
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { name }) => {
            const { remotes, namespace } = await remotesOf(kubernetes);
            const missing = missingPeers(remotes, view.mesh, name);
            const strays = missing.map(async (peer) => [peer, await strayRemotes(kubernetes, peer)] as const);
            return { remotes, namespace, strays: Object.fromEntries(await Promise.all(strays)) };
        }),
    judge: (all, mesh) => all.flatMap((remotes) => judgeCluster(remotes, mesh)),
});

/** Istio's names of peers that no remote Secret is for. */
function missingPeers(remotes: Remotes["remotes"], mesh: Mesh, cluster: string): string[] {
    return peersOf(mesh, cluster)
        .map(({ clusterName }) => clusterName)
        .filter((peer) => !remotes.some(({ clusterName }) => clusterName === peer));
}

function judgeCluster({ cluster, namespace, remotes, strays = {} }: FoundRemotes, mesh: Mesh): Part[] {
    const elsewhere = servedBy(mesh, cluster);
    if (elsewhere !== undefined) return [{ seen: `${cluster}: needs none, since ${elsewhere}` }];
    const peers = peersOf(mesh, cluster);
    const isKnown = (name: string): boolean => mesh.clusters.some(({ clusterName }) => clusterName === name);
    const list = remotes
        .map((remote) => {
            const known = isKnown(remote.clusterName) ? "" : " (not one of the clusters looked at)";
            return `${remote.clusterName} ${"unreadable" in remote ? "nowhere" : `at ${remote.server}`}${known}`;
        })
        .join(", ");
    const seen = `${cluster}: ${list || "none"}`;
    const faults: Part[] = [];
    const fault = (cause: string, fix: string): void => {
        faults.push({ seen, cause, fix });
    };
    for (const clusterName of missingPeers(remotes, mesh, cluster)) {
        const stray = strays[clusterName] ?? [];
        const found = stray.length === 0 ? "" : ` There is ${stray.join(", ")}, which is not read.`;
        fault(
            `${cluster} has no remote Secret for ${clusterName}, so it discovers nothing there.${found}`,
            `Make ${namespace}/istio-remote-secret-${clusterName} in ${istiodHome(mesh, cluster)}, with the label istio/multiCluster=true and the key ${clusterName}.`,
        );
    }
    for (const remote of remotes) {
        const { secret, clusterName } = remote;
        if (!peers.some((peer) => peer.clusterName === clusterName)) {
            // It may well be for a cluster that nobody looks at, or that could not be read and so did not say its name.
            if (!isKnown(clusterName) && mesh.mayHaveMore === true) continue;
            fault(
                `Secret ${secret} of ${cluster} is for ${clusterName}, which is not one of its peers: it may keep endpoints of a removed cluster.`,
                `Delete it if that cluster has left the mesh; otherwise name it as a peer.`,
            );
            continue;
        }
        if ("unreadable" in remote) {
            fault(
                `Secret ${secret} of ${cluster}, key ${clusterName}: ${remote.unreadable}. Its istiod discovers nothing there.`,
                `Make it as \`istioctl create-remote-secret\` does.`,
            );
            continue;
        }
        const { server, hasCa, credentials } = remote;
        if (isLoopback(server)) {
            fault(
                `Secret ${secret} of ${cluster} leads to ${server}, which is istiod's own pod.`,
                `Use the address at which pods of ${cluster} reach the API server of ${clusterName}.`,
            );
        } else if (!hasCa || credentials.join() !== "token") {
            fault(
                `Secret ${secret} of ${cluster} has ${hasCa ? "a CA" : "no CA"} and authenticates by ${credentials.join(", ") || "nothing"}; istiod needs a CA and a token.`,
                `Make it as \`istioctl create-remote-secret\` does.`,
            );
        }
    }
    return faults.length === 0 ? [{ seen }] : faults;
}

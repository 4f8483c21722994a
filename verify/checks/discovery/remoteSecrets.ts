import { defineCheck, type Part } from "../../check";
import { type Mesh, peersOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { isLoopback } from "../../../components/internal/rules";
import { type Remotes, remotesOf } from "../../observe/remotes";

export const remoteSecrets = defineCheck<readonly Remotes[]>({
    id: "remote-secrets",
    group: "discovery",
    proves: "Each cluster has a usable remote Secret for each of its peers, and none for others",
    observe: (view) => inEachCluster(view, remotesOf),
    judge: (all, mesh) => all.flatMap((remotes) => judgeCluster(remotes, mesh)),
});

function judgeCluster({ cluster, remotes }: Remotes, mesh: Mesh): Part[] {
    const peers = peersOf(mesh, cluster);
    const list = remotes
        .map((remote) => `${remote.clusterName} ${"unreadable" in remote ? "nowhere" : `at ${remote.server}`}`)
        .join(", ");
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
    for (const remote of remotes) {
        const { secret, clusterName } = remote;
        if (!peers.some((peer) => peer.clusterName === clusterName)) {
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

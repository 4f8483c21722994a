import { defineCheck } from "../../check";
import { istiodHome, peersOf, servedBy } from "../../mesh";
import { inEachCluster } from "../../observe";
import { readClusters, type ReadClusters } from "../../observe/istiod";
import { type Remote, remotesOf } from "../../observe/remotes";

export interface ClusterDiscovery {
    readonly cluster: string;
    readonly istiods: readonly ReadClusters[];
    readonly remotes: readonly Remote[];
}

export const peersSynced = defineCheck<readonly ClusterDiscovery[]>({
    id: "peers-synced",
    group: "discovery",
    proves: "Every istiod has read the services of every cluster that it discovers",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [istiods, { remotes }] = await Promise.all([readClusters(kubernetes), remotesOf(kubernetes)]);
            return { istiods, remotes };
        }),
    judge: (discoveries, mesh) =>
        discoveries.flatMap(({ cluster, istiods, remotes }) => {
            const peers = peersOf(mesh, cluster).map(({ clusterName }) => clusterName);
            const elsewhere = servedBy(mesh, cluster);
            if (elsewhere !== undefined) return [{ seen: `${cluster}: ${elsewhere}` }];
            if (istiods.length === 0) {
                return [
                    {
                        seen: `${cluster}: no running istiod`,
                        cause: `The control plane of ${cluster} is not installed or does not start.`,
                        fix: `\`kubectl -n istio-system get pods -l app=istiod\` in ${istiodHome(mesh, cluster)}.`,
                    },
                ];
            }
            return istiods.map(({ pod, clusters: known }) => {
                const statuses = peers.map((peer) => ({
                    peer,
                    status: known.find(({ id }) => id === peer)?.syncStatus ?? "unknown",
                }));
                const seen = `${cluster}: ${pod}: ${statuses.map(({ peer, status }) => `${peer} ${status}`).join(", ") || "discovers no other cluster"}`;
                const bad = statuses.find(({ status }) => status !== "synced");
                if (bad === undefined) return { seen };
                const remote = remotes.find(({ clusterName }) => clusterName === bad.peer);
                return { seen, ...explain(cluster, bad.peer, bad.status, remote, istiodHome(mesh, cluster)) };
            });
        }),
});

function explain(
    cluster: string,
    peer: string,
    status: string,
    remote: Remote | undefined,
    home: string,
): { cause: string; fix: string } {
    const secret = remote?.secret ?? `istio-remote-secret-${peer}`;
    if (status === "unknown" && remote !== undefined && !("unreadable" in remote)) {
        return {
            cause: `istiod of ${cluster} has not taken Secret ${secret}, which is there and names ${peer}.`,
            fix: `Restart istiod of ${cluster}; the Secret may stay as it is (see remote-credentials).`,
        };
    }
    return status === "unknown"
        ? {
              cause: `istiod of ${cluster} does not know cluster ${peer}: Secret ${secret} is missing there, lacks the label istio/multiCluster=true, or holds no kubeconfig: see remote-secrets.`,
              fix: `See remote-secrets for what is wrong with it; \`istioctl create-remote-secret --name=${peer}\` on the peer shows its form.`,
          }
        : {
              cause: `istiod of ${cluster} cannot read ${peer} (status "${status}"): the server address in Secret ${secret} is not reachable from its pods, or its token or CA is not accepted.`,
              fix: `\`kubectl -n istio-system logs deploy/istiod\` in ${home} says which; compare the Secret's server with an address that pods of ${cluster} reach.`,
          };
}

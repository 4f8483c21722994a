import { defineCheck, type Part } from "../../check";
import { type Mesh, peersOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { discoveredServices } from "../../observe/meshConfig";
import { dottedName } from "../../observe/objects";
import { type Endpoints, type KnownEndpoints, readEndpoints } from "../../observe/istiod";

export interface PeerEndpoints {
    readonly cluster: string;
    /** What each istiod replica knows, of its own cluster as well. */
    readonly istiods: readonly KnownEndpoints[];
    /** Services that the cluster has itself, as `name.namespace`. */
    readonly services: readonly string[];
}

export const peerEndpoints = defineCheck<readonly PeerEndpoints[]>({
    id: "peer-endpoints",
    group: "discovery",
    proves: "Every istiod knows the same endpoints of a peer's Services as the peer's own istiod does",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [istiods, services] = await Promise.all([readEndpoints(kubernetes), discoveredServices(kubernetes)]);
            return { istiods, services: services.map(dottedName) };
        }),
    judge: (all, mesh) => all.flatMap((found) => found.istiods.map((istiod) => judgeReplica(found, istiod, all, mesh))),
});

function judgeReplica(
    { cluster, services }: PeerEndpoints,
    { pod, endpoints }: KnownEndpoints,
    all: readonly PeerEndpoints[],
    mesh: Mesh,
): Part {
    const compared = peersOf(mesh, cluster).flatMap((peer) => {
        // Without an istiod of its own, nobody says what a peer has.
        const found = all.find((each) => each.cluster === peer.name);
        const truth = found?.istiods[0]?.endpoints[peer.clusterName] ?? {};
        return found === undefined || found.istiods.length === 0
            ? []
            : [
                  {
                      peer,
                      ...compare(
                          truth,
                          endpoints[peer.clusterName] ?? {},
                          services.filter((name) => found.services.includes(name)),
                      ),
                  },
              ];
    });
    const list = compared.map(
        ({ peer, known, services: count }) => `${known} endpoints in ${count} Services of ${peer.name}`,
    );
    const seen = `${cluster}: ${pod} knows ${list.join(", ") || "no peer"}`;
    const [fault] = compared.flatMap(({ peer, missing, stale }) => [
        ...missing.map((what) => ({
            seen: `${seen}, but not ${what} of ${peer.name}`,
            cause: `istiod of ${cluster} lacks endpoints that ${peer.name} has: it does not read that cluster's changes.`,
            fix: `See peers-synced and remote-credentials; if both hold, restart istiod of ${cluster}.`,
        })),
        ...stale.map((what) => ({
            seen: `${seen}, also ${what}, which ${peer.name} no longer has`,
            cause: `istiod of ${cluster} sends requests to endpoints that ${peer.name} no longer has: it no longer reads that cluster's changes.`,
            fix: `See peers-synced and remote-credentials; if both hold, restart istiod of ${cluster}.`,
        })),
    ]);
    return fault ?? { seen };
}

/** What an istiod knows of a peer against what the peer's own does, for the Services that both clusters have. */
function compare(truth: Endpoints[string], known: Endpoints[string], shared: readonly string[]) {
    const differing = (these: Endpoints[string], those: Endpoints[string]): string[] =>
        shared.flatMap((service) =>
            (these[service] ?? [])
                .filter((address) => those[service]?.includes(address) !== true)
                .map((address) => `${service} at ${address}`),
        );
    const counted = shared.filter((service) => (known[service] ?? []).length > 0);
    return {
        known: counted.flatMap((service) => known[service] ?? []).length,
        services: counted.length,
        missing: differing(truth, known),
        stale: differing(known, truth),
    };
}

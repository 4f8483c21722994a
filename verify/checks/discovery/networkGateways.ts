import { isIP } from "node:net";
import { defineCheck, type Part } from "../../check";
import { type Mesh, peersOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { eastWestOf } from "../../observe/eastWest";
import { GATEWAY_PORT, NETWORK_LABEL } from "../../observe/istio";
import { type KnownGateways, readGateways } from "../../observe/istiod";

export interface NetworkGateways {
    readonly cluster: string;
    /** What each istiod replica takes for gateways of networks. */
    readonly istiods: readonly KnownGateways[];
    /** Addresses of the cluster's own gateways, as its Services have them. */
    readonly addresses: readonly string[];
}

export const networkGateways = defineCheck<readonly NetworkGateways[]>({
    id: "network-gateways",
    group: "discovery",
    proves: "Every istiod knows the east-west gateways of every network that it should reach, and no others",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { network }) => {
            const [istiods, { services }] = await Promise.all([readGateways(kubernetes), eastWestOf(kubernetes)]);
            const own = services.filter((service) => service.network === network && service.hasPort);
            return { istiods, addresses: own.flatMap(({ addresses }) => addresses) };
        }),
    judge: (all, mesh) =>
        all.flatMap(({ cluster, istiods }) => istiods.map((istiod) => judgeReplica(cluster, istiod, all, mesh))),
});

function judgeReplica(
    cluster: string,
    { pod, gateways }: KnownGateways,
    all: readonly NetworkGateways[],
    mesh: Mesh,
): Part {
    const peers = peersOf(mesh, cluster).map(({ name, network }) => ({
        name,
        network,
        known: gateways
            .filter((gateway) => gateway.network === network)
            .map(({ address, port }) => `${address}:${port}`),
    }));
    const list = peers.map(({ network, known }) => `${network} by ${known.join(", ") || "no gateway"}`).join("; ");
    const seen = `${cluster}: ${pod} reaches ${list || "no other network"}`;
    for (const { name, network, known } of peers) {
        if (known.length === 0) {
            return {
                seen,
                cause: `istiod of ${cluster} knows no gateway of ${network}, so its proxies dial pods of ${name} at addresses that lead nowhere.`,
                fix: `The gateway's Service in ${name} needs the label ${NETWORK_LABEL}=${network}, port ${GATEWAY_PORT} and an address: see gateway-ready and peers-synced.`,
            };
        }
        const addresses = all.find((other) => other.cluster === name)?.addresses ?? [];
        const strangers = known.filter((gateway) => !addresses.some((address) => isAt(gateway, address)));
        if (strangers.length > 0) {
            return {
                seen,
                cause: `istiod of ${cluster} uses ${strangers.join(", ")} as a gateway of ${network}; those of ${name} are at ${addresses.join(", ") || "no address"}.`,
                fix: `If a deleted gateway had this address, restart istiod of ${cluster}. Otherwise find the Service with the label ${NETWORK_LABEL}=${network} that has it.`,
            };
        }
    }
    return { seen };
}

/** What a host name resolves to, only istiod knows. */
function isAt(gateway: string, address: string): boolean {
    return isIP(address) === 0 || gateway === `${address}:${GATEWAY_PORT}`;
}

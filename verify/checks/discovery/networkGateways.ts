import { isIP } from "node:net";
import { defineCheck, type Part } from "../../check";
import { type GatewayAddress, type Mesh, onNetworkOf, peersElsewhere } from "../../mesh";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { gatewaysInto } from "../../observe/eastWest";
import { isSelected, meshConfigOf, type Selector } from "../../observe/meshConfig";
import { NETWORK_LABEL } from "../../observe/istio";
import { type KnownGateways, readGateways } from "../../observe/istiod";

export interface NetworkGateways {
    readonly cluster: string;
    /** What each istiod replica takes for gateways of networks. */
    readonly istiods: readonly KnownGateways[];
    /** The cluster's own gateways, as its Services have them. */
    readonly gateways: readonly GatewayAddress[];
    /** Which namespaces its istiod reads, in all clusters. */
    readonly selectors: readonly Selector[];
    /** Labels of the namespace of its control plane, where gateways are. */
    readonly labels: Readonly<Record<string, string>>;
}

export const networkGateways = defineCheck<readonly NetworkGateways[]>({
    id: "network-gateways",
    group: "discovery",
    proves: "Every istiod knows the east-west gateways of every network that it should reach, and no others",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { network }) => {
            const [istiods, services, { discoverySelectors: selectors }, { namespace }, namespaces] = await Promise.all(
                [
                    readGateways(kubernetes),
                    gatewaysInto(kubernetes, network),
                    meshConfigOf(kubernetes),
                    controlPlaneOf(kubernetes),
                    kubernetes.namespaceLabels(),
                ],
            );
            const own = services.filter(({ targetPort }) => targetPort !== undefined);
            const gateways = own.flatMap(({ dials }) => dials);
            return { istiods, gateways, selectors, labels: namespaces[namespace] ?? {} };
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
    const peers = peersElsewhere(mesh, cluster).map(({ name, network }) => ({
        name,
        network,
        known: gateways
            .filter((gateway) => gateway.network === network)
            .map(({ address, port }) => `${address}:${port}`),
    }));
    const list = peers.map(({ network, known }) => `${network} by ${known.join(", ") || "no gateway"}`).join("; ");
    const seen = `${cluster}: ${pod} reaches ${list || "no other network"}`;
    for (const { name, network, known } of peers) {
        const selectors = all.find((each) => each.cluster === cluster)?.selectors ?? [];
        const { labels = {} } = all.find((each) => each.cluster === name) ?? {};
        const near = onNetworkOf(mesh, name).map((each) => each.name);
        const own = all.filter((each) => near.includes(each.cluster)).flatMap((each) => each.gateways);
        if (known.length === 0 && !isSelected(selectors, labels)) {
            return {
                seen,
                cause: `discoverySelectors of ${cluster} leave out the namespace of the control plane and gateway of ${name}, so istiod of ${cluster} knows no gateway of ${network}.`,
                fix: `Label that namespace of ${name} so that a selector of ${cluster} takes it, as those of applications.`,
            };
        }
        if (known.length === 0) {
            return {
                seen,
                cause: `istiod of ${cluster} knows no gateway of ${network}, so its proxies dial pods of ${name} at addresses that lead nowhere.`,
                fix: `The gateway's Service in ${name} needs the label ${NETWORK_LABEL}=${network}, its port and an address: see gateway-ready and peers-synced.`,
            };
        }
        const strangers = known.filter((gateway) => !own.some((each) => isAt(gateway, each)));
        if (strangers.length > 0) {
            return {
                seen,
                cause: `istiod of ${cluster} uses ${strangers.join(", ")} as a gateway of ${network}; those into it are at ${own.map((each) => `${each.address}:${each.port}`).join(", ") || "no address"}.`,
                fix: `If a deleted gateway had this address, restart istiod of ${cluster}. Otherwise find the Service with the label ${NETWORK_LABEL}=${network} that has it.`,
            };
        }
    }
    return { seen };
}

/** What a host name resolves to, only istiod knows. */
function isAt(gateway: string, { address, port }: GatewayAddress): boolean {
    return isIP(address) === 0 || gateway === `${address}:${port}`;
}

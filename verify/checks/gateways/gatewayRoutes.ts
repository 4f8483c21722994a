import { defineCheck } from "../../check";
import { type DeclaredMesh, isDialled, onNetworkOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { eastWestOf, gatewayPods } from "../../observe/eastWest";
import { opensToNothing } from "../../observe/gatewayResources";
import { discoveredServices } from "../../observe/meshConfig";
import { dottedName } from "../../observe/objects";
import { serverNames, upstreamsOf } from "../../observe/envoy";
import { addressesOf } from "../../observe/envoyAnswers";
import { strangersOf, workloadAddresses } from "../dataPlane/workloads";

/** One pod of an east-west gateway, as its proxy is. */
export interface GatewayProxy {
    readonly pod: string;
    /** Its port for other networks. */
    readonly port: number;
    /** Names of Services that it takes connections for; undefined when it does not listen. */
    readonly names: readonly string[] | undefined;
    /** Whether the Gateways that open that port name no Service of the cluster, so that it need not listen. */
    readonly isClosed: boolean;
    /** Addresses that it passes such connections on to. */
    readonly addresses: readonly string[];
}

export interface GatewayRoutes {
    readonly cluster: string;
    readonly proxies: readonly GatewayProxy[];
    /** Addresses of the cluster's own pods with a proxy, and of its gateways. */
    readonly pods: readonly string[];
}

export const gatewayRoutes = defineCheck<readonly GatewayRoutes[]>({
    id: "gateway-routes",
    group: "gateways",
    proves: "The proxy of each east-west gateway listens for other networks' requests to Services, and forwards to its own network only",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { network }) => {
            const [own, gateways, workloads, { services }] = await Promise.all([
                discoveredServices(kubernetes),
                gatewayPods(kubernetes, network),
                workloadAddresses(kubernetes),
                eastWestOf(kubernetes),
            ]);
            const proxies = gateways.map(async ({ pod, port }) => {
                const [names, upstreams, isClosed] = await Promise.all([
                    serverNames(kubernetes, pod, port),
                    upstreamsOf(kubernetes, pod),
                    opensToNothing(kubernetes, pod, port, own.map(dottedName)),
                ]);
                // What arrives by the name of a Service has its own upstreams: their names begin with `outbound_.`.
                const passedOn = upstreams.filter(({ name }) => name.startsWith("outbound_."));
                return {
                    pod: pod.metadata?.name ?? "",
                    port,
                    names,
                    isClosed,
                    addresses: passedOn.flatMap(addressesOf),
                };
            });
            return {
                proxies: await Promise.all(proxies),
                pods: [...workloads, ...services.flatMap(({ dials }) => dials.map(({ address }) => address))],
            };
        }),
    judge: (all, mesh) =>
        all.flatMap(({ cluster, proxies }) =>
            proxies.length === 0
                ? [
                      {
                          seen: `${cluster}: no gateway with a ready proxy`,
                          ...(hasWayIn(mesh, cluster, all)
                              ? {}
                              : { cause: `No east-west gateway of ${cluster} is ready.`, fix: "See gateway-ready." }),
                      },
                  ]
                : proxies.map(({ pod, port, names, isClosed, addresses }) => {
                      if (isClosed) return { seen: `${cluster}: ${pod} leads to no Service, as its Gateway says` };
                      const seen = `${cluster}: ${pod} takes connections for ${names?.length ?? 0} ports of Services`;
                      if (names === undefined || names.length === 0) {
                          return {
                              seen,
                              cause: `The gateway ${pod} of ${cluster} ${names === undefined ? `listens on no port ${port}` : "knows no Service"}: connections of other networks are reset.`,
                              fix: `Make the Gateway cross-network-gateway in ${cluster}; if it exists, see proxies-synced.`,
                          };
                      }
                      const elsewhere = strangersOf(mesh, cluster, all, addresses);
                      return elsewhere.length === 0
                          ? { seen }
                          : {
                                seen: `${seen}, and forwards to ${elsewhere.map(({ address, of }) => `${address} of ${of}`).join(", ")}`,
                                cause: `The gateway ${pod} of ${cluster} forwards connections to other networks: they may loop.`,
                                fix: `Its pods need ISTIO_META_REQUESTED_NETWORK_VIEW with the network of ${cluster}: the chart's networkGateway sets it.`,
                            };
                  }),
        ),
});

/** Whether nobody needs a gateway of a cluster's own: another one leads into its network, or no other network dials it. */
function hasWayIn(mesh: DeclaredMesh, cluster: string, all: readonly GatewayRoutes[]): boolean {
    const near = onNetworkOf(mesh, cluster).map(({ name }) => name);
    return !isDialled(mesh, cluster) || all.some((other) => near.includes(other.cluster) && other.proxies.length > 0);
}

import { defineCheck } from "../../check";
import { clusterNamed } from "../../observe";
import { onNetworkOf } from "../../mesh";
import { podEndpoints, waysInto } from "../../observe/eastWest";
import { endpointsInProxy } from "../../observe/envoy";
import { type Endpoint } from "../../observe/envoyAnswers";

export interface ProxyEndpoints {
    /** Where the client runs. */
    readonly cluster: string;
    /** `host:port` of the service in the client's proxy, as Envoy knows it. */
    readonly service: string;
    /** What the proxy must know of each cluster, `address:port`: its gateways, or its pods where both are on one network. */
    readonly ways: Readonly<Record<string, readonly string[]>>;
    /** Absent when the client has no pod with a ready proxy. */
    readonly proxy?: { readonly pod: string; readonly endpoints: readonly Endpoint[] };
}

export const gatewayEndpoints = defineCheck<ProxyEndpoints>({
    id: "gateway-endpoints",
    group: "discovery",
    proves: "The client's proxy reaches the service only through the east-west gateways of the clusters that run it, and on its own network at their pods",
    skip: ({ request }) => (request === undefined ? "no reference request is declared" : undefined),
    observe: async (view) => {
        const { request } = view.mesh;
        if (request === undefined) {
            throw new Error("no reference request is declared");
        }
        const { kubernetes } = clusterNamed(view, request.through);
        const near = onNetworkOf(view.mesh, request.through).map(({ name }) => name);
        const waysTo = async (name: string): Promise<string[]> => {
            const { kubernetes: theirs } = clusterNamed(view, name);
            if (near.includes(name)) return podEndpoints(theirs, request.service);
            return waysInto(view, name, kubernetes);
        };
        const ways = Object.fromEntries(
            await Promise.all(request.answeredBy.map(async (name) => [name, await waysTo(name)] as const)),
        );
        const proxy = await endpointsInProxy(kubernetes, request.client, request.service);
        const service = `${request.service.name}.${request.service.namespace}:${request.service.port}`;
        return { cluster: request.through, service, ways, ...(proxy === undefined ? {} : { proxy }) };
    },
    judge: ({ cluster, service, ways, proxy }) => {
        const without = Object.keys(ways).filter((name) => ways[name]?.length === 0);
        const wanted = Object.values(ways).flat().sort();
        if (proxy === undefined) {
            return [
                {
                    seen: `${cluster}: the client has no pod with a ready proxy`,
                    cause: `The client app of ${cluster} does not run, or has no sidecar.`,
                    fix: `Check its pods; the namespace needs the label istio-injection=enabled before they start.`,
                },
            ];
        }
        const found = proxy.endpoints.map(({ address, port }) => `${address}:${port}`).sort();
        const unhealthy = proxy.endpoints.filter(({ health }) => health !== "HEALTHY");
        const known = proxy.endpoints.map(({ address, port, health }) => `${address}:${port} ${health}`).join(", ");
        const seen = `${cluster}: ${proxy.pod} knows ${service} as ${known || "nothing"}; ways: ${describe(ways)}`;
        if (without.length > 0) {
            return [
                {
                    seen,
                    cause: `${without.join(", ")} has no east-west gateway with an address or, on the network of ${cluster}, no ready pod of ${service}.`,
                    fix: `\`kubectl get services,pods\` there: see gateway-ready, and whether the service runs.`,
                },
            ];
        }
        if (found.join() !== wanted.join()) {
            return [{ seen, ...explain(cluster, service, found, wanted) }];
        }
        return unhealthy.length === 0
            ? [{ seen }]
            : [
                  {
                      seen,
                      cause: `The proxy in ${cluster} stopped using the gateway after failures.`,
                      fix: `From a pod of ${cluster}, try the gateway's port, and check the gateway's pods.`,
                  },
              ];
    },
});

function explain(cluster: string, service: string, found: string[], wanted: string[]): { cause: string; fix: string } {
    if (found.length === 0) {
        return {
            cause: `istiod of ${cluster} has found no pod of ${service} in the other clusters, or every one of them lacks a sidecar.`,
            fix: `See peers-synced first; then check the service's pods, and their sidecars, in the other clusters.`,
        };
    }
    const strangers = found.filter((endpoint) => !wanted.includes(endpoint));
    return strangers.length > 0
        ? {
              cause: `${strangers.join(", ")} is not an east-west gateway: the other cluster's network label (topology.istio.io/network) is missing or the same as that of ${cluster}, or the service has pods in ${cluster}.`,
              fix: `Compare the label of istio-system, of the gateway's Service and global.network of both clusters.`,
          }
        : {
              cause: `istiod of ${cluster} does not know ${wanted.filter((endpoint) => !found.includes(endpoint)).join(", ")} as a gateway, or finds no pod of ${service} behind it.`,
              fix: `The gateway's Service needs the label topology.istio.io/network and its port: see gateway-ready; see also peers-synced.`,
          };
}

function describe(ways: Readonly<Record<string, readonly string[]>>): string {
    return Object.entries(ways)
        .map(([name, addresses]) => `${name} ${addresses.join(" ") || "none"}`)
        .join(", ");
}

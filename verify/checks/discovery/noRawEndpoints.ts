import { defineCheck } from "../../check";
import { onNetworkOf } from "../../mesh";
import { inEachCluster } from "../../observe";
import { oneProxy, upstreamsOf } from "../../observe/envoy";
import { addressesOf } from "../../observe/envoyAnswers";
import { strangersOf, workloadAddresses } from "../dataPlane/workloads";
import { qualifiedName } from "../../observe/objects";

export interface RawEndpoints {
    readonly cluster: string;
    /** Absent when no pod of the cluster has a ready proxy. */
    readonly proxy?: {
        readonly pod: string;
        /** Addresses that it sends requests to. */
        readonly addresses: readonly string[];
    };
    /** Addresses of the cluster's own pods with a proxy. */
    readonly pods: readonly string[];
}

export const noRawEndpoints = defineCheck<readonly RawEndpoints[]>({
    id: "no-raw-endpoints",
    group: "discovery",
    proves: "No cluster's proxy dials pods of another network by their own addresses, and on one network no two pods have the same",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [pod, pods] = await Promise.all([oneProxy(kubernetes), workloadAddresses(kubernetes)]);
            if (pod === undefined) {
                return { pods };
            }
            const addresses = (await upstreamsOf(kubernetes, pod)).flatMap(addressesOf);
            return { pods, proxy: { pod: qualifiedName(pod), addresses: [...new Set(addresses)] } };
        }),
    judge: (all, mesh) =>
        all.map(({ cluster, proxy, pods }) => {
            const near = onNetworkOf(mesh, cluster).filter(({ name }) => name !== cluster);
            const twin = all.find(
                (other) =>
                    near.some(({ name }) => name === other.cluster) && other.pods.some((pod) => pods.includes(pod)),
            );
            if (twin !== undefined) {
                const both = pods.find((pod) => twin.pods.includes(pod)) ?? "";
                return {
                    seen: `${cluster}: a pod at ${both}, as ${twin.cluster} has one`,
                    cause: `${cluster} and ${twin.cluster} say that they are on one network, and have pods with the same address: requests for one reach the other.`,
                    fix: `Give each a network of its own (topology.istio.io/network of istio-system, global.network), or make one anew with other pod addresses.`,
                };
            }
            if (proxy === undefined) {
                return { seen: `${cluster}: no pod with a ready proxy, so nothing dials` };
            }
            const seen = `${cluster}: ${proxy.pod} knows ${proxy.addresses.length} addresses`;
            const raw = strangersOf(mesh, cluster, all, proxy.addresses);
            return raw.length === 0
                ? { seen }
                : {
                      seen: `${seen}, among them ${raw.map(({ address, of }) => `${address} of ${of}`).join(", ")}`,
                      cause: `${proxy.pod} in ${cluster} dials pods of ${[...new Set(raw.map(({ of }) => of))].join(", ")} by their own addresses, which lead nowhere between networks.`,
                      fix: `See network-gateways and cluster-identity: a network without a known gateway, or with the same name as that of ${cluster}, is treated as one that pods reach directly.`,
                  };
        }),
});

import { parse } from "yaml";
import { z } from "zod";
import { defineCheck, type Part } from "../check";
import type { Mesh } from "../mesh";
import { inEachCluster } from "../observe";
import type { KubernetesView } from "../observe/kubernetes";
import { environmentOf, PROXY_CONTAINER, PROXY_LABEL, SYSTEM_NAMESPACE } from "../observe/istio";

/** Who a control plane says that its cluster is. */
export interface Identity {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    /** Label of istio-system. */
    readonly network: string | undefined;
    readonly meshId: string | undefined;
    /** Proxies that think otherwise: `namespace/pod: cluster, network`. */
    readonly strangers: readonly string[];
    readonly proxies: number;
}

const meshConfig = z.object({ defaultConfig: z.object({ meshId: z.string().optional() }).optional() });

export const clusterIdentity = defineCheck<readonly Identity[]>({
    id: "cluster-identity",
    group: "control plane",
    proves: "Control plane, network label and proxies of each cluster agree on who it is; names and networks are unique",
    observe: (view) => inEachCluster(view, identityOf),
    judge: (identities, mesh) => identities.map((identity) => judgeCluster(identity, identities, mesh)),
});

function judgeCluster(identity: Identity, all: readonly Identity[], mesh: Mesh): Part {
    const { cluster, clusterName, network, meshId, strangers, proxies } = identity;
    const declared = mesh.clusters.find(({ name }) => name === cluster);
    const seen = `${cluster}: istiod is of ${clusterName ?? "no cluster"} in mesh ${meshId ?? "without an id"}, istio-system on ${network ?? "no network"}, ${proxies - strangers.length} of ${proxies} proxies agree`;
    const wrong = (what: string, found: string | undefined, wanted: string | undefined, where: string) => ({
        seen,
        cause: `The ${what} of ${cluster} is ${found ?? "not set"}, not ${wanted ?? "set"}.`,
        fix: `Set ${where} in ${cluster}, then restart istiod and the workloads there.`,
    });
    if (clusterName === undefined || clusterName !== declared?.clusterName) {
        return wrong("cluster name", clusterName, declared?.clusterName, "global.multiCluster.clusterName of istiod");
    }
    if (network === undefined || network !== declared.network) {
        return wrong("network", network, declared.network, "label topology.istio.io/network of istio-system");
    }
    const meshIds = mesh.meshId === undefined ? all.map((other) => other.meshId) : [mesh.meshId];
    const foreign = meshIds.find((other) => other !== meshId);
    if (foreign !== undefined) {
        return wrong("mesh id", meshId, foreign, "global.meshID of istiod");
    }
    const twin = all.find(
        (other) => other !== identity && (other.clusterName === clusterName || other.network === network),
    );
    if (twin !== undefined) {
        return {
            seen,
            cause: `${cluster} and ${twin.cluster} have one name or one network: istiod keeps only one of two clusters of a name, and dials pods of its own network directly.`,
            fix: `Give each cluster a name and a network of its own.`,
        };
    }
    return strangers.length === 0
        ? { seen }
        : {
              seen,
              cause: `Proxies of ${cluster} were injected with another cluster or network: ${strangers.join("; ")}. istiod refuses them.`,
              fix: `Restart these workloads; for gateways, compare networkGateway and global.network of their charts.`,
          };
}

/** What a cluster says of itself. */
export async function identityOf(kubernetes: KubernetesView): Promise<Omit<Identity, "cluster">> {
    const [istiods, namespace, config, pods] = await Promise.all([
        kubernetes.runningPods("app=istiod", SYSTEM_NAMESPACE),
        kubernetes.namespace(SYSTEM_NAMESPACE),
        kubernetes.configMap(SYSTEM_NAMESPACE, "istio"),
        kubernetes.runningPods(PROXY_LABEL),
    ]);
    const clusterName = istiods[0] && environmentOf(istiods[0], "discovery").get("CLUSTER_ID");
    const network = namespace?.metadata?.labels?.["topology.istio.io/network"];
    const proxies = pods.flatMap((pod) => {
        const environment = environmentOf(pod, PROXY_CONTAINER);
        const [ofCluster, ofNetwork] = [
            environment.get("ISTIO_META_CLUSTER_ID"),
            environment.get("ISTIO_META_NETWORK"),
        ];
        // A pod without a proxy's environment, such as istiod itself, only bears the label.
        if (ofCluster === undefined) return [];
        const agrees = ofCluster === clusterName && (ofNetwork === undefined || ofNetwork === network);
        const name = `${pod.metadata?.namespace ?? ""}/${pod.metadata?.name ?? ""}`;
        return [{ agrees, words: `${name}: ${ofCluster}, ${ofNetwork ?? "no network"}` }];
    });
    const { defaultConfig } = meshConfig.parse(parse(config?.data?.["mesh"] ?? "{}"));
    return {
        clusterName,
        network,
        meshId: defaultConfig?.meshId,
        strangers: proxies.filter(({ agrees }) => !agrees).map(({ words }) => words),
        proxies: proxies.length,
    };
}

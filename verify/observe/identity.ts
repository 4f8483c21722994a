import { controlPlaneOf } from "./controlPlane";
import { environmentOf, NETWORK_LABEL, PROXY_CONTAINER, PROXY_LABEL } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { configuredNetwork, meshConfigOf } from "./meshConfig";
import { qualifiedName } from "./objects";
import { remoteControlPlaneOf } from "./remoteControlPlane";

/** Who a control plane says that its cluster is. */
export interface Identity {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; where another cluster's serves it, what its webhook says; undefined where neither is there. */
    readonly clusterName: string | undefined;
    /** Istio's name of the cluster whose istiod serves it; absent where it has one of its own. */
    readonly primary?: string;
    /** Istio's name of it, as its proxies were injected; absent without proxies. */
    readonly injectedName?: string;
    /** Namespace of its istiod. */
    readonly namespace: string;
    /** Label of that namespace, else what `meshNetworks` says. */
    readonly network: string | undefined;
    readonly meshId: string | undefined;
    /** Last part of the names of its Services, as istiod takes it, e.g. `cluster.local`; undefined where none runs. */
    readonly domain: string | undefined;
    /** Proxies that think otherwise: `namespace/pod: cluster, network`. */
    readonly strangers: readonly string[];
    readonly proxies: number;
}

/** What a cluster says of itself. */
export async function identityOf(kubernetes: KubernetesView): Promise<Omit<Identity, "cluster">> {
    const {
        namespace,
        clusterName: own,
        domain,
        pods: [istiod],
    } = await controlPlaneOf(kubernetes);
    const remote = istiod === undefined ? await remoteControlPlaneOf(kubernetes, namespace) : undefined;
    const clusterName = own ?? remote?.clusterName;
    const [system, configured, config, pods] = await Promise.all([
        kubernetes.namespace(namespace),
        configuredNetwork(kubernetes),
        meshConfigOf(kubernetes),
        kubernetes.runningPods(PROXY_LABEL),
    ]);
    const network = system?.metadata?.labels?.[NETWORK_LABEL] ?? configured?.name;
    const environments = pods.map((pod) => ({ pod, environment: environmentOf(pod, PROXY_CONTAINER) }));
    const injected = (variable: string): string | undefined =>
        environments.flatMap(({ environment }) => environment.get(variable) ?? [])[0];
    const injectedName = injected("ISTIO_META_CLUSTER_ID");
    const proxies = environments.flatMap(({ pod, environment }) => {
        const [ofCluster, ofNetwork] = [
            environment.get("ISTIO_META_CLUSTER_ID"),
            environment.get("ISTIO_META_NETWORK"),
        ];
        // A pod without a proxy's environment, such as istiod itself, only bears the label.
        if (ofCluster === undefined) return [];
        const agrees = ofCluster === clusterName && (ofNetwork === undefined || ofNetwork === network);
        return [{ agrees, words: `${qualifiedName(pod)}: ${ofCluster}, ${ofNetwork ?? "no network"}` }];
    });
    return {
        clusterName,
        ...(remote === undefined ? {} : { primary: remote.primary }),
        ...(injectedName === undefined ? {} : { injectedName }),
        namespace,
        network,
        meshId: config.defaultConfig?.meshId ?? (remote === undefined ? undefined : injected("ISTIO_META_MESH_ID")),
        domain,
        strangers: proxies.filter(({ agrees }) => !agrees).map(({ words }) => words),
        proxies: proxies.length,
    };
}

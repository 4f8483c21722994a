import { parse } from "yaml";
import { z } from "zod";
import {
    environmentOf,
    flagOf,
    ISTIOD_CONTAINER,
    ISTIOD_LABEL,
    NETWORK_LABEL,
    PROXY_CONTAINER,
    PROXY_LABEL,
    SYSTEM_NAMESPACE,
} from "./istio";
import type { KubernetesView } from "./kubernetes";
import { qualifiedName } from "./objects";

/** Who a control plane says that its cluster is. */
export interface Identity {
    readonly cluster: string;
    /** CLUSTER_ID of istiod; undefined where none runs. */
    readonly clusterName: string | undefined;
    /** Label of istio-system. */
    readonly network: string | undefined;
    readonly meshId: string | undefined;
    /** Last part of the names of its Services, as istiod takes it, e.g. `cluster.local`; undefined where none runs. */
    readonly domain: string | undefined;
    /** Proxies that think otherwise: `namespace/pod: cluster, network`. */
    readonly strangers: readonly string[];
    readonly proxies: number;
}

/** https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/ */
const meshConfig = z.object({
    defaultConfig: z.object({ meshId: z.string().optional() }).optional(),
    trustDomainAliases: z.array(z.string()).default([]),
});

/** The part of istiod's configuration that has to fit its peers'. */
export async function meshConfigOf(kubernetes: KubernetesView): Promise<z.infer<typeof meshConfig>> {
    const map = await kubernetes.configMap(SYSTEM_NAMESPACE, "istio");
    return meshConfig.parse(parse(map?.data?.["mesh"] ?? "{}"));
}

/** What a cluster says of itself. */
export async function identityOf(kubernetes: KubernetesView): Promise<Omit<Identity, "cluster">> {
    const [istiods, namespace, config, pods] = await Promise.all([
        kubernetes.runningPods(ISTIOD_LABEL, SYSTEM_NAMESPACE),
        kubernetes.namespace(SYSTEM_NAMESPACE),
        meshConfigOf(kubernetes),
        kubernetes.runningPods(PROXY_LABEL),
    ]);
    const [istiod] = istiods;
    const clusterName = istiod && environmentOf(istiod, ISTIOD_CONTAINER).get("CLUSTER_ID");
    const network = namespace?.metadata?.labels?.[NETWORK_LABEL];
    const proxies = pods.flatMap((pod) => {
        const environment = environmentOf(pod, PROXY_CONTAINER);
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
        network,
        meshId: config.defaultConfig?.meshId,
        domain: istiod && flagOf(istiod, ISTIOD_CONTAINER, "--domain"),
        strangers: proxies.filter(({ agrees }) => !agrees).map(({ words }) => words),
        proxies: proxies.length,
    };
}

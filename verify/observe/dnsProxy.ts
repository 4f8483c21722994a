/** Istio's DNS proxy: https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/ */
import { type MeshView, type ObservedCluster, servingCluster } from "./index";
import { meshConfigOf } from "./meshConfig";

/** Whether it answers in the pods of a cluster, as the istiod that serves it is configured: also for what the cluster has no Service of. */
export async function hasDnsProxy(view: MeshView, cluster: ObservedCluster): Promise<boolean> {
    const { defaultConfig } = await meshConfigOf(servingCluster(view, cluster).kubernetes);
    return defaultConfig?.proxyMetadata["ISTIO_META_DNS_CAPTURE"] === "true";
}

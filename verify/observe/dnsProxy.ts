/** Istio's DNS proxy: https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/ */
import { servingName } from "../mesh";
import type { MeshView, ObservedCluster } from "./index";
import { meshConfigOf } from "./meshConfig";

/** Whether it answers in the pods of a cluster, as the istiod that serves it is configured: also for what the cluster has no Service of. */
export async function hasDnsProxy(
    { mesh, clusters }: MeshView,
    { declared, kubernetes }: ObservedCluster,
): Promise<boolean> {
    const serving = clusters.find((each) => each.declared.name === servingName(mesh, declared.name));
    const { defaultConfig } = await meshConfigOf(serving?.kubernetes ?? kubernetes);
    return defaultConfig?.proxyMetadata["ISTIO_META_DNS_CAPTURE"] === "true";
}

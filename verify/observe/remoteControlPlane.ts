/**
 * Who a cluster without an istiod is, and which cluster's istiod serves it.
 * https://istio.io/latest/docs/setup/install/multicluster/primary-remote/
 */
import { injectorWebhooks } from "./injectorWebhooks";
import type { KubernetesView } from "./kubernetes";

/** Clusters whose istiod may write into a cluster: names with commas between them, or `*`. */
const ANNOTATION = "topology.istio.io/controlPlaneClusters";

/** What the injector is to know of the cluster that asks: `/inject/cluster/<name>/net/<network>`, or `:ENV:cluster=<name>`. */
const INJECTED_CLUSTER = /\/inject\/(?:cluster\/|.*:ENV:cluster=)([^/:]+)/;

export interface RemoteControlPlane {
    /** Istio's name of the cluster whose istiod serves this one; its own, where that runs outside of the mesh. */
    readonly primary: string;
    /** Istio's name of this one, as its webhook tells that istiod; absent where it does not. */
    readonly clusterName?: string;
}

/** @returns undefined for a cluster that nobody else's istiod may write into, and whose webhook leads to its own. */
export async function remoteControlPlaneOf(
    kubernetes: KubernetesView,
    namespace: string,
): Promise<RemoteControlPlane | undefined> {
    const system = await kubernetes.namespace(namespace);
    const [clusterName] = (await injectorWebhooks(kubernetes)).flatMap(({ clientConfig: { url, service } }) => {
        const [, named] = INJECTED_CLUSTER.exec(url ?? service?.path ?? "") ?? [];
        return named === undefined ? [] : [named];
    });
    // A config cluster needs no annotation: its istiod is its own, wherever it runs.
    const primary = system?.metadata?.annotations?.[ANNOTATION] ?? clusterName;
    return primary === undefined ? undefined : { primary, ...(clusterName === undefined ? {} : { clusterName }) };
}

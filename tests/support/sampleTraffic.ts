/** What tests under load do to the sample apps of a local cluster, and to what carries their requests. */
import path from "node:path";
import { AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { waitFor } from "../../shared/wait";
import { isReady } from "../../verify/observe/objects";
import { mergePatch } from "./mergePatch";

const NAMESPACE = "istioinaction";

/** @param home Of local clusters. */
function configOf(home: string, cluster: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(path.join(home, "kubeconfigs", `${cluster}.yaml`));
    return config;
}

/** Has proxies open a new connection, with a new handshake, for every second request to a sample app. */
export async function freshConnections(home: string, cluster: string): Promise<void> {
    const objects = KubernetesObjectApi.makeApiClient(configOf(home, cluster));
    for (const app of ["webapp", "catalog"]) {
        await objects.create({
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name: `fresh-${app}`, namespace: NAMESPACE },
            spec: {
                host: `${app}.${NAMESPACE}.svc.cluster.local`,
                trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 2 } } },
            },
        });
    }
}

/** Puts a new pod, with another address, in the place of an app's own, and waits until it is ready. */
export async function restart(home: string, cluster: string, app: string): Promise<void> {
    const config = configOf(home, cluster);
    const core = config.makeApiClient(CoreV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const labelSelector = `app=${app}`;
    const before = (await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector })).items;
    await core.deleteCollectionNamespacedPod({ namespace: NAMESPACE, labelSelector });
    await waitFor(`pods of ${app} to be others`, 60, async () => {
        const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
        const kept = items.filter(({ metadata }) => before.some((pod) => pod.metadata?.uid === metadata?.uid));
        const { status } = await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: app });
        if (kept.length > 0 || status?.readyReplicas !== 1)
            throw new Error(`${kept.length} old, ${items.length} in all`);
    });
}

/** Restarts istiod or a gateway, as `kubectl rollout restart` does, and waits until the pods that it had are gone. */
export async function rollOut(home: string, cluster: string, app: string): Promise<void> {
    const config = configOf(home, cluster);
    const core = config.makeApiClient(CoreV1Api);
    const pods = { namespace: "istio-system", labelSelector: `app=${app}` };
    const former = (await core.listNamespacedPod(pods)).items.map(({ metadata }) => metadata?.uid);
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    await mergePatch(config, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: app, namespace: pods.namespace },
        spec: { template: { metadata: { annotations } } },
    });
    await waitFor(`pods of ${app} to be others`, 60, async () => {
        const { items } = await core.listNamespacedPod(pods);
        const left = items.filter((pod) => former.includes(pod.metadata?.uid) || !isReady(pod));
        if (left.length > 0 || items.length === 0)
            throw new Error(left.map(({ metadata }) => metadata?.name).join(", "));
    });
}

/** Has proxies open a new connection, with a new handshake, for every second request to a sample app. */
import path from "node:path";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

/** @param home Of local clusters. */
export async function freshConnections(home: string, cluster: string): Promise<void> {
    const config = new KubeConfig();
    config.loadFromFile(path.join(home, "kubeconfigs", `${cluster}.yaml`));
    const objects = KubernetesObjectApi.makeApiClient(config);
    for (const app of ["webapp", "catalog"]) {
        await objects.create({
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name: `fresh-${app}`, namespace: "istioinaction" },
            spec: {
                host: `${app}.istioinaction.svc.cluster.local`,
                trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 2 } } },
            },
        });
    }
}

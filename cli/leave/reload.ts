/** Has istiods forget the gateways of a cluster that they no longer read. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../verify/observe/connection";
import { controlPlaneOf } from "../../verify/observe/controlPlane";
import { GATEWAY_PORT, NETWORK_LABEL } from "../../verify/observe/istio";
import { KubernetesView } from "../../verify/observe/kubernetes";
import type { Mesh } from "../../verify";

/** Of one request. Seconds. */
const SECONDS = 10;
/** Until istiod's watch has told it. Milliseconds. */
const SEEN = 1000;
const NAME = "istio-multicluster-reload";
/** Of nobody: https://www.rfc-editor.org/rfc/rfc5737 */
const ADDRESS = "192.0.2.1";

/**
 * An istiod that stops reading a cluster goes on sending other networks' requests by its gateways, until any gateway that it
 * reads changes (seen with the pinned development build of 1.32: `deleteRegistry` of pilot/pkg/serviceregistry/aggregate tells the NetworkManager nothing).
 * So one appears for a moment, into a network without a single endpoint. Whoever may not make it restarts istiod instead.
 *
 * @param clusters Those whose istiods are to forget.
 */
export async function reloadGateways(clusters: Mesh["clusters"], signal: AbortSignal): Promise<void> {
    const client = await import("@kubernetes/client-node");
    await Promise.allSettled(
        clusters.map(async (cluster) => {
            const { namespace } = await controlPlaneOf(new KubernetesView(client, cluster, signal));
            const objects = new client.KubernetesObjectApi(connect(client, cluster, signal, SECONDS).configuration);
            const service = {
                apiVersion: "v1",
                kind: "Service",
                metadata: { name: NAME, namespace, labels: { [NETWORK_LABEL]: NAME } },
                spec: { ports: [{ port: GATEWAY_PORT }], externalIPs: [ADDRESS] },
            };
            try {
                await objects.create(service);
                await sleep(SEEN);
            } finally {
                await objects.delete(service);
            }
        }),
    );
}

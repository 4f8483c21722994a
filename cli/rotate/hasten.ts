/** Has kubelets look at Secret cacerts now, and not within a minute or two. */
import { connect } from "../../verify/observe/connection";
import { controlPlaneOf } from "../../verify/observe/controlPlane";
import { KubernetesView } from "../../verify/observe/kubernetes";
import type { Mesh } from "../../verify";

const SECONDS = 10;
const ANNOTATION = "istio-multicluster/rotated-at";

/**
 * Annotates the pods of istiod: a kubelet reads the Secrets of a pod that changes, as Istio's own test of a rotation does it.
 * Whoever may not do that waits for the kubelet's next look.
 */
export async function hasten({ clusters }: Mesh, signal: AbortSignal): Promise<void> {
    const client = await import("@kubernetes/client-node");
    const value = new Date().toISOString();
    const body = { metadata: { annotations: { [ANNOTATION]: value } } };
    const options = client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch);
    await Promise.allSettled(
        clusters.map(async (cluster) => {
            const { pods } = await controlPlaneOf(new KubernetesView(client, cluster, signal));
            const core = new client.CoreV1Api(
                connect(client, cluster.external ?? cluster, signal, SECONDS).configuration,
            );
            await Promise.all(
                pods.map(({ metadata }) =>
                    core.patchNamespacedPod(
                        { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "", body },
                        options,
                    ),
                ),
            );
        }),
    );
}

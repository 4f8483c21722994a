/** Whether a mesh can change its root while it runs: it must have been told so before. */
import type { Mesh } from "../mesh";
import { inEachCluster, observe } from "../observe";
import { controlPlaneOf } from "../observe/controlPlane";
import { environmentOf, hasRunningProxy, ISTIOD_CONTAINER, PROXY_CONTAINER, PROXY_LABEL } from "../observe/istio";
import { qualifiedName } from "../observe/objects";
import type { Problem } from "../../shared/problems";

/** Pods that are named in one message. */
const NAMED = 5;

/** @throws ObservationError for a cluster that does not answer. */
export async function unprepared(mesh: Mesh, signal: AbortSignal): Promise<Problem[]> {
    const clusters = await inEachCluster(await observe(mesh, signal), async (kubernetes) => {
        const proxies = (await kubernetes.runningPods(PROXY_LABEL)).filter(hasRunningProxy);
        return { istiods: (await controlPlaneOf(kubernetes)).pods, proxies };
    });
    return clusters.flatMap(({ cluster, istiods, proxies }) => {
        const deaf = istiods.filter(
            (pod) => environmentOf(pod, ISTIOD_CONTAINER).get("ISTIO_MULTIROOT_MESH") !== "true",
        );
        const unaware = proxies.filter(
            (pod) => environmentOf(pod, PROXY_CONTAINER).get("PROXY_CONFIG_XDS_AGENT") !== "true",
        );
        return [
            ...(deaf.length === 0
                ? []
                : [
                      {
                          subject: `cluster ${cluster}`,
                          rule: "its istiod takes a second root with its next start only (ISTIO_MULTIROOT_MESH is not true)",
                          fix: "Run `up`, which sets it, and remove what `istio.istiod.values` says of it.",
                      },
                  ]),
            ...(unaware.length === 0
                ? []
                : [
                      {
                          subject: `cluster ${cluster}`,
                          rule: `proxies of ${unaware.length} pods were made before istiod told new ones to listen for roots (PROXY_CONFIG_XDS_AGENT): ${named(unaware.map(qualifiedName))}`,
                          fix: "Restart them once, one after the other: `kubectl rollout restart deployment` in their namespaces.",
                      },
                  ]),
        ];
    });
}

function named(pods: readonly string[]): string {
    const rest = pods.length - NAMED;
    return `${pods.slice(0, NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

import type { V1Pod } from "@kubernetes/client-node";
import { defineCheck } from "../../check";
import { inEachCluster } from "../../observe";
import { controlPlaneOf } from "../../observe/controlPlane";
import { MOST_SKEW } from "../../../components/versions";
import { imageTag, ISTIOD_CONTAINER, minorOf, PROXY_CONTAINER, PROXY_LABEL } from "../../observe/istio";

export interface Versions {
    readonly cluster: string;
    /** Tags of istiod's images, one a replica. */
    readonly istiods: readonly string[];
    /** Tags of proxies' images, each once. */
    readonly proxies: readonly string[];
}

/** https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew */
export const versions = defineCheck<readonly Versions[]>({
    id: "versions",
    group: "control plane",
    proves: "Control planes are at most one minor release apart, and no proxy is further behind its own",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [{ pods: istiods }, proxies] = await Promise.all([
                controlPlaneOf(kubernetes),
                kubernetes.pods(PROXY_LABEL),
            ]);
            const tags = (pods: readonly V1Pod[], container: string) =>
                [...new Set(pods.flatMap((pod) => imageTag(pod, container) ?? []))].sort();
            return {
                istiods: tags(istiods, ISTIOD_CONTAINER),
                proxies: tags(proxies, PROXY_CONTAINER),
            };
        }),
    judge: (clusters) => {
        const minors = clusters.flatMap(({ istiods }) => istiods.map(minorOf));
        const newest = Math.max(...minors.filter((minor) => !Number.isNaN(minor)));
        return clusters.map(({ cluster, istiods, proxies }) => {
            const seen = `${cluster}: istiod ${istiods.join(", ") || "none"}, proxies ${proxies.join(", ") || "none"}`;
            if (proxies.includes("auto")) {
                return {
                    seen,
                    cause: `A proxy of ${cluster} has the image "auto": it was made while no injector answered.`,
                    fix: `Delete the pod once istiod is ready; the injector then fills in the image.`,
                };
            }
            const oldest = Math.min(...istiods.map(minorOf).filter((minor) => !Number.isNaN(minor)));
            if (newest - oldest > MOST_SKEW) {
                return {
                    seen,
                    cause: `istiod of ${cluster} is ${newest - oldest} minor releases behind another cluster's.`,
                    fix: `Upgrade ${cluster} one minor release at a time.`,
                };
            }
            const behind = Number.isFinite(oldest)
                ? proxies.filter((proxy) => oldest - minorOf(proxy) > MOST_SKEW)
                : [];
            return behind.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `Proxies of ${cluster} are ${behind.join(", ")}, more than one minor release behind istiod.`,
                      fix: `Restart those workloads, so that they get a new sidecar.`,
                  };
        });
    },
});

import { defineCheck } from "../../check";
import { primaryOf, servedBy } from "../../mesh";
import { inEachCluster } from "../../observe";
import { hasReadyProxy, PROXY_LABEL } from "../../observe/istio";
import { type ProxySync, readProxies } from "../../observe/istiod";
import { dottedName } from "../../observe/objects";

export interface SyncedProxies {
    readonly cluster: string;
    /** `name.namespace` of the pods with a ready proxy. */
    readonly running: readonly string[];
    /** Those that are connected to any istiod replica. */
    readonly connected: readonly ProxySync[];
}

export const proxiesSynced = defineCheck<readonly SyncedProxies[]>({
    id: "proxies-synced",
    group: "control plane",
    proves: "Every proxy is connected to an istiod that serves its cluster, and has accepted what it was sent last",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [pods, istiods] = await Promise.all([kubernetes.runningPods(PROXY_LABEL), readProxies(kubernetes)]);
            return {
                running: pods.filter(hasReadyProxy).map(dottedName),
                connected: istiods.flatMap(({ proxies }) => proxies),
            };
        }),
    judge: (clusters, mesh) =>
        clusters.map(({ cluster, running, connected: own }) => {
            const clusterName = mesh.clusters.find(({ name }) => name === cluster)?.clusterName;
            const primary = primaryOf(mesh, cluster);
            const serving = primary?.name;
            if (primary !== undefined && serving === undefined) {
                return { seen: `${cluster}: ${servedBy(mesh, cluster) ?? ""}` };
            }
            const connected =
                serving === undefined
                    ? own
                    : clusters
                          .filter((each) => each.cluster === serving)
                          .flatMap((each) => each.connected)
                          .filter((proxy) => proxy.clusterName === clusterName);
            const where = serving === undefined ? "there" : `of ${serving}`;
            const lost = running.filter((name) => !connected.some(({ proxy }) => proxy === name));
            const behind = connected.filter(
                ({ proxy, unconfirmed }) => running.includes(proxy) && unconfirmed.length > 0,
            );
            const good = running.length - lost.length - behind.length;
            const seen = `${cluster}: ${good} of ${running.length} proxies are up to date`;
            if (lost.length > 0) {
                return {
                    seen,
                    cause: `Proxies of ${cluster} are connected to no istiod ${where}, so they keep endpoints that may no longer exist: ${lost.join(", ")}.`,
                    fix: `\`kubectl logs -c istio-proxy\` of such a pod says why: port 15012 of istiod does not answer, or istiod refuses the pod's cluster name or token.`,
                };
            }
            return behind.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `Proxies of ${cluster} have not confirmed what istiod sent them: ${behind.map(({ proxy, unconfirmed }) => `${proxy} (${unconfirmed.join(", ")})`).join(", ")}.`,
                      fix: `\`istioctl proxy-status\` in ${cluster}; if a proxy refuses what it is sent, the log of istiod has the reason.`,
                  };
        }),
});

import { ISTIO_VERSION } from "../../components/versions";
import { KUBERNETES_MINORS } from "../../shared/versions";
import { defineCheck } from "../check";
import { inEachCluster } from "../observe";

export interface ServerVersion {
    readonly cluster: string;
    /** E.g. `v1.34.4`. */
    readonly version: string;
}

/** https://istio.io/latest/docs/releases/supported-releases/ */
export const supportedKubernetes = defineCheck<readonly ServerVersion[]>({
    id: "supported-kubernetes",
    group: "clusters",
    proves: `Every cluster runs a Kubernetes that Istio ${ISTIO_VERSION} supports`,
    observe: (view) => inEachCluster(view, async (kubernetes) => ({ version: await kubernetes.serverVersion() })),
    judge: (clusters) =>
        clusters.map(({ cluster, version }) => {
            const { oldest, newest } = KUBERNETES_MINORS;
            const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1]);
            const seen = `${cluster}: Kubernetes ${version}; Istio ${ISTIO_VERSION} supports 1.${oldest} to 1.${newest}`;
            return minor >= oldest && minor <= newest
                ? { seen }
                : {
                      seen,
                      cause: `${cluster} runs Kubernetes ${version}, which Istio ${ISTIO_VERSION} was not tested with.`,
                      fix: minor < oldest ? `Upgrade ${cluster} first.` : `Wait for an Istio that supports it.`,
                  };
        }),
});

import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import type { Permission } from "../observe/kubernetes";

const VERBS = ["get", "create", "patch", "delete"];
/** What the program and Istio's charts make, by API group. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
    "": ["namespaces", "secrets", "serviceaccounts", "services", "configmaps"],
    apps: ["deployments"],
    autoscaling: ["horizontalpodautoscalers"],
    batch: ["jobs"],
    policy: ["poddisruptionbudgets"],
    "rbac.authorization.k8s.io": ["clusterroles", "clusterrolebindings", "roles", "rolebindings"],
    "apiextensions.k8s.io": ["customresourcedefinitions"],
    "admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    "networking.istio.io": ["gateways", "virtualservices"],
};
const NEEDED: readonly Permission[] = Object.entries(RESOURCES).flatMap(([group, resources]) =>
    resources.flatMap((resource) => VERBS.map((verb) => ({ verb, group, resource }))),
);

export interface Rights {
    readonly cluster: string;
    /** What the user of the kubeconfig may not do, e.g. `create secrets`. */
    readonly lacking: readonly string[];
}

export const permissions = defineCheck<readonly Rights[]>({
    id: "permissions",
    group: "clusters",
    proves: "The user of each kubeconfig may make, change and delete everything that an `up` makes",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            return { lacking: await kubernetes.lacks(NEEDED) };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, lacking }) => {
            const seen = `${cluster}: ${NEEDED.length - lacking.length} of ${NEEDED.length} permissions`;
            return lacking.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `The user of ${cluster} may not ${lacking.join(", ")}.`,
                      fix: `Take a kubeconfig of a user with the ClusterRole cluster-admin in ${cluster}, or have these permissions granted.`,
                  };
        }),
});

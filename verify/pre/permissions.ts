import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import type { Permission, Rule } from "../observe/rights";

const VERBS = ["get", "create", "patch", "delete"];
/** What the program and Istio's charts make, by API group. Of an istiod outside of its mesh, all but what they make there only. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
    "": ["namespaces", "secrets", "serviceaccounts", "services", "configmaps"],
    apps: ["deployments"],
    autoscaling: ["horizontalpodautoscalers"],
    batch: ["jobs"],
    policy: ["poddisruptionbudgets"],
    "rbac.authorization.k8s.io": ["roles", "rolebindings"],
};
const MEMBER: typeof OUTSIDE = {
    ...OUTSIDE,
    "rbac.authorization.k8s.io": ["clusterroles", "clusterrolebindings", "roles", "rolebindings"],
    "apiextensions.k8s.io": ["customresourcedefinitions"],
    "admissionregistration.k8s.io": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    "networking.istio.io": ["gateways", "virtualservices"],
};
const permissionsFor = (kinds: typeof OUTSIDE): Permission[] =>
    Object.entries(kinds).flatMap(([group, resources]) =>
        resources.flatMap((resource) => VERBS.map((verb) => ({ verb, group, resource }))),
    );

const READ = ["get", "list", "watch"];
/** The widest rights that Istio's charts give to istiod and to the readers of peers. */
const GRANTED: readonly Rule[] = [
    { apiGroups: [""], resources: ["secrets", "configmaps", "services", "pods", "nodes", "namespaces"], verbs: READ },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
    {
        apiGroups: ["admissionregistration.k8s.io"],
        resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: [...READ, "update", "patch"],
    },
    { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
    { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];

export interface Rights {
    readonly cluster: string;
    /** How many permissions an `up` needs. */
    readonly needed: number;
    /** Whether it may give others the rights that Istio's components need. */
    readonly grants: boolean;
    /** What the user of the kubeconfig may not do, e.g. `create secrets`. */
    readonly lacking: readonly string[];
}

export const permissions = defineCheck<readonly Rights[]>({
    id: "permissions",
    group: "clusters",
    proves: "The user of each kubeconfig may make, change and delete everything that an `up` makes",
    observe: (view) =>
        inEachCluster(view, async ({ rights }, { isOutside = false }) => {
            const needed = permissionsFor(isOutside ? OUTSIDE : MEMBER);
            const [lacking, grants] = await Promise.all([
                rights.lacking(needed),
                isOutside || rights.mayGrant(GRANTED),
            ]);
            return { needed: needed.length, lacking, grants };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, needed, lacking, grants }) => {
            const seen = `${cluster}: ${needed - lacking.length} of ${needed} permissions`;
            return lacking.length === 0 && grants
                ? { seen }
                : {
                      seen,
                      cause:
                          lacking.length > 0
                              ? `The user of ${cluster} may not ${lacking.join(", ")}.`
                              : `The user of ${cluster} may make ClusterRoles, but none with rights that it does not have itself, as Istio's components need.`,
                      fix: `Use a kubeconfig of a user with the ClusterRole cluster-admin in ${cluster}, or have these permissions granted.`,
                  };
        }),
});

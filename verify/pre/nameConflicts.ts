import { z } from "zod";
import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { controlPlaneOf } from "../observe/controlPlane";
import { SYSTEM_NAMESPACE } from "../observe/istio";
import type { KubernetesView } from "../observe/kubernetes";

const texts = z.record(z.string(), z.string()).default({});
const named = z.object({
    metadata: z.object({
        name: z.string(),
        annotations: texts,
        labels: texts,
        managedFields: z.array(z.object({ manager: z.string().optional() })).default([]),
    }),
});
type Named = z.infer<typeof named>;

/** What Istio's charts make outside of namespaces, and which of it is theirs. */
const KINDS = [
    ["CustomResourceDefinition", "apiextensions.k8s.io", "customresourcedefinitions", /\.istio\.io$/],
    ["MutatingWebhookConfiguration", "admissionregistration.k8s.io", "mutatingwebhookconfigurations", /^istio/],
    ["ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "validatingwebhookconfigurations", /^istio/],
    ["ClusterRole", "rbac.authorization.k8s.io", "clusterroles", /^istio.*-istio-system$/],
] as const;

/** More objects of a kind are counted. */
const MOST_NAMED = 3;

/** An object of a name that an `up` gives to one of its own. */
export interface Conflict {
    /** E.g. `Namespace istio-system`. */
    readonly what: string;
    /** Who made it, as far as it says so. */
    readonly owner: string;
    /** How it is removed. */
    readonly remove: string;
}

export interface Conflicts {
    readonly cluster: string;
    /** Why nothing can be in the way; undefined where it was looked for. */
    readonly reason?: string;
    readonly conflicts: readonly Conflict[];
}

export const nameConflicts = defineCheck<readonly Conflicts[]>({
    id: "name-conflicts",
    group: "control plane",
    proves: "Nothing has a name that an `up` gives to something of its own",
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { begun }) => {
            if (begun === true) {
                return { reason: "its stack has made what is there", conflicts: [] };
            }
            const { pods } = await controlPlaneOf(kubernetes);
            if (begun === undefined && pods.length > 0) {
                return { reason: "Istio runs already: see present-mesh", conflicts: [] };
            }
            const found = await Promise.all([
                inNamespace(kubernetes),
                ...KINDS.map((kind) => ofKind(kubernetes, kind)),
            ]);
            return { conflicts: found.flat() };
        }),
    judge: (clusters) =>
        clusters.flatMap(({ cluster, reason, conflicts }) =>
            conflicts.length === 0
                ? [{ seen: `${cluster}: ${reason ?? "nothing of these names"}` }]
                : conflicts.map(({ what, owner, remove }) => ({
                      seen: `${cluster}: ${what}, made by ${owner}`,
                      cause: `${cluster} already has ${what}, made by ${owner}. An up takes over nothing of somebody else's: it would fail there, after it has made other things.`,
                      fix: `If no workload of ${cluster} needs it, remove it: ${remove}. Else leave ${cluster} out.`,
                  })),
        ),
});

async function inNamespace(kubernetes: KubernetesView): Promise<Conflict[]> {
    const [namespace, cacerts] = await Promise.all([
        kubernetes.namespace(SYSTEM_NAMESPACE),
        kubernetes.secret(SYSTEM_NAMESPACE, "cacerts"),
    ]);
    if (namespace === undefined) {
        return [];
    }
    const { owner } = ownerOf(named.parse(namespace));
    const holds = cacerts === undefined ? "" : ", which holds Secret cacerts with the key of an authority";
    const remove = `kubectl delete namespace ${SYSTEM_NAMESPACE}${cacerts === undefined ? "" : ", after a copy of cacerts is kept"}`;
    return [{ what: `Namespace ${SYSTEM_NAMESPACE}${holds}`, owner, remove }];
}

/** One line for all objects of a kind with the same owner. */
async function ofKind(kubernetes: KubernetesView, [kind, group, plural, names]: (typeof KINDS)[number]) {
    const found = (await kubernetes.objects(group, "v1", plural, named)).filter(({ metadata }) =>
        names.test(metadata.name),
    );
    const foreign = found.filter((object) => !isKept(object));
    const byOwner = new Map<string, Named[]>();
    for (const object of foreign) {
        const { owner } = ownerOf(object);
        byOwner.set(owner, [...(byOwner.get(owner) ?? []), object]);
    }
    return [...byOwner].map(([owner, objects]): Conflict => {
        const [first] = objects;
        const list = objects.map(({ metadata }) => metadata.name);
        const what = list.length > MOST_NAMED ? `${list.length} ${kind}s of Istio` : `${kind} ${list.join(", ")}`;
        return {
            what,
            owner,
            remove: (first && ownerOf(first).remove) ?? `kubectl delete ${plural} ${list.join(" ")}`,
        };
    });
}

/** Istio's chart keeps its CRDs when it is removed, and Helm takes back what names the same release. */
function isKept({ metadata: { annotations } }: Named): boolean {
    return (
        annotations["meta.helm.sh/release-name"] === "istio-base" &&
        annotations["meta.helm.sh/release-namespace"] === SYSTEM_NAMESPACE
    );
}

function ownerOf({ metadata }: Named): { readonly owner: string; readonly remove?: string } {
    const { annotations, labels, managedFields } = metadata;
    const release = annotations["meta.helm.sh/release-name"];
    if (release !== undefined) {
        const namespace = annotations["meta.helm.sh/release-namespace"] ?? "default";
        const remove = `helm uninstall ${release} --namespace ${namespace}`;
        return { owner: `Helm release ${release} in ${namespace}`, remove };
    }
    // https://github.com/istio/istio/blob/master/operator/pkg/manifest/common.go
    if ("install.operator.istio.io/owning-resource" in labels || "operator.istio.io/managed" in labels) {
        return { owner: "istioctl", remove: "istioctl uninstall --purge" };
    }
    // The API server itself writes the status of CustomResourceDefinitions.
    const manager = managedFields.map((entry) => entry.manager).find((name) => name !== "kube-apiserver");
    return { owner: labels["app.kubernetes.io/managed-by"] ?? manager ?? "an unknown tool" };
}

/** Objects of one cluster: created, then changed by server-side apply, as Pulumi's provider does. */
import { randomBytes } from "node:crypto";
import { ProblemsError } from "../../../../shared/problems";
import type { Operation, Properties, Provider, ResourceState } from "../provider";
import { arrayAt, isObject, objectAt, textAt } from "../../../apiServer/json";
import { hasUnknown, promised } from "../inputs";
import { reachable, type KubernetesApi } from "../../../apiServer/api";
import { diffObject, planned, type Mutability } from "./diff";
import { createObject, deleteObject, readObject, updateObject } from "./lifecycle";
import { identityOf, kindOfType, normalize } from "./objects";

export interface ObjectsOptions {
    /** Absent while a preview does not know the cluster yet. */
    readonly api: KubernetesApi | undefined;
    readonly namespace: string | undefined;
    readonly mutable: Mutability;
}

export function objectsProvider({ api, namespace, mutable }: ObjectsOptions): Provider {
    return {
        serves: isObjectType,
        check: (operation, olds, news) => promised(() => checkObject(operation, olds, news, namespace)),
        secretInputs: (type) => (type === "kubernetes:core/v1:Secret" ? ["data", "stringData"] : []),
        diff: (_operation, old, news) => promised(() => diffObject(old, news, mutable)),
        create: (operation, inputs) =>
            promised(() =>
                operation.preview ? { id: "", outputs: inputs } : createObject(reachable(api), operation, inputs),
            ),
        update: (operation, old, news) =>
            promised(() =>
                operation.preview
                    ? { id: old.id, outputs: plan(old, news) }
                    : updateObject(reachable(api), operation, old, news),
            ),
        read: (operation, id, old) =>
            promised(() => (api === undefined ? { id, inputs: {}, outputs: {} } : readObject(api, operation, id, old))),
        delete: (operation, old) => promised(() => deleteObject(reachable(api), operation, old)),
    };
}

const NOT_SERVED = /^kubernetes:(helm\.sh|yaml|kustomize|index)[/:]/;

function isObjectType(type: string): boolean {
    const { kind } = kindOfType(type);
    return type.startsWith("kubernetes:") && !NOT_SERVED.test(type) && !kind.endsWith("Patch");
}

function checkObject(
    operation: Operation,
    olds: Properties | undefined,
    news: Properties,
    namespace: string | undefined,
): Properties {
    const { kind, name } = identityOf(news);
    if (arrayAt(news, "items").length > 0 && kind.endsWith("List")) {
        const rule = "a list is no object of its own";
        throw new ProblemsError([{ subject: operation.name, value: kind, rule, fix: "Create its items as resources" }]);
    }
    const metadata = { ...objectAt(news, "metadata") };
    if (namespace !== undefined && !CLUSTER_SCOPED.has(kind)) metadata["namespace"] ??= namespace;
    if (name === "" && !hasUnknown(metadata["name"])) {
        const former = textAt(olds, "metadata", "name");
        metadata["name"] = former ?? `${operation.name}-${randomBytes(4).toString("hex")}`;
        metadata["annotations"] = { ...objectAt(metadata, "annotations"), "pulumi.com/autonamed": "true" };
    }
    return normalize({ ...news, metadata });
}

/** Kinds that a provider's default namespace does not concern. */
const CLUSTER_SCOPED = new Set([
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
]);

function plan(old: ResourceState, news: Properties): Properties {
    const outputs = planned(old.outputs, news);
    return { ...(isObject(outputs) ? outputs : {}), __inputs: news };
}

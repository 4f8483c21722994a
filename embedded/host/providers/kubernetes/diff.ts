/** What a change of an object's inputs needs: nothing, an update, or a new object. */
import { isDeepStrictEqual } from "node:util";
import type { Diff, Json, Properties, ResourceState } from "../provider";
import { isObject, valueAt } from "../../../apiServer/json";
import { hasUnknown, NO_CHANGE } from "../inputs";
import { annotation, identityOf, isSecret, normalize } from "./objects";
import { lackOf } from "./readiness";

/** Fields that the API server refuses to change (https://kubernetes.io/docs/reference/kubernetes-api/). */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
    "apps/v1/DaemonSet": ["spec.selector"],
    "apps/v1/Deployment": ["spec.selector"],
    "apps/v1/StatefulSet": [
        "spec.selector",
        "spec.serviceName",
        "spec.podManagementPolicy",
        "spec.volumeClaimTemplates",
    ],
    "batch/v1/Job": ["spec.completions", "spec.selector", "spec.template"],
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
    "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
    "v1/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
    "v1/Pod": ["spec"],
    "v1/Secret": ["type"],
    "v1/Service": ["spec.clusterIP"],
};

export interface Mutability {
    /** Change a Secret's data in place instead of replacing it. */
    readonly secrets: boolean;
    readonly configMaps: boolean;
}

export function diffObject(old: ResourceState, checked: Properties, mutable: Mutability): Diff {
    const olds = withNamespace(normalize(old.inputs), old);
    const news = withNamespace(normalize(checked), old);
    const paths = [...changedPaths(olds, news, ""), ...(isToRunAgain(old, news) ? ["status"] : [])];
    if (paths.length === 0) return NO_CHANGE;
    const immutable = [...immutableFields(olds, mutable), "status"];
    const replacing = paths.filter((path) =>
        immutable.some((field) => path === field || path.startsWith(`${field}.`) || field.startsWith(`${path}.`)),
    );
    const { name, namespace } = identityOf(news);
    const before = identityOf(olds);
    return {
        changed: topLevel(paths),
        replace: topLevel(replacing),
        deleteBeforeReplace:
            replacing.length > 0 &&
            annotation(news, "pulumi.com/autonamed") !== "true" &&
            name === before.name &&
            namespace === before.namespace,
    };
}

function immutableFields(object: Properties, mutable: Mutability): string[] {
    const { apiVersion, kind } = identityOf(object);
    const own = IMMUTABLE[`${apiVersion}/${kind}`] ?? [];
    const frozen = object["immutable"] === true;
    const data =
        (isSecret(object) && (frozen || !mutable.secrets)) ||
        (kind === "ConfigMap" && apiVersion === "v1" && (frozen || !mutable.configMaps))
            ? ["data", "stringData", "binaryData"]
            : [];
    return ["apiVersion", "kind", "metadata.name", "metadata.namespace", ...own, ...data];
}

/** A Job that did not complete never will; Pulumi knows the annotation for Jobs only. */
function isToRunAgain({ outputs }: ResourceState, news: Properties): boolean {
    const { apiVersion, kind } = identityOf(news);
    const asked = annotation(news, "pulumi.com/replaceUnready") === "true";
    return asked && `${apiVersion}/${kind}` === "batch/v1/Job" && lackOf(outputs) !== undefined;
}

/** The namespace that an object really is in: none for a cluster's own, `default` where nothing is said. */
function withNamespace(object: Properties, { outputs }: ResourceState): Properties {
    const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
    const { namespace, ...rest } = metadata;
    const lives = valueAt(outputs, "metadata", "namespace");
    return { ...object, metadata: lives === undefined ? rest : { ...rest, namespace: namespace ?? "default" } };
}

/** Paths of the innermost values that differ; an array differs as a whole. */
function changedPaths(before: Json | undefined, after: Json | undefined, path: string): string[] {
    if (isDeepStrictEqual(before, after) && !hasUnknown(after)) return [];
    if (!isObject(before) || !isObject(after)) return [path];
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
        changedPaths(before[name], after[name], path === "" ? name : `${path}.${name}`),
    );
}

function topLevel(paths: readonly string[]): string[] {
    return [...new Set(paths.map((path) => path.split(".", 1).join("")))];
}

/**
 * Inputs as they would have to be to describe the object that is there: drift since `old` was recorded is taken over,
 * while what the server only writes in another form (`1000m` as `1`) stays as the program wrote it.
 */
export function driftedInputs(inputs: Json, recorded: Json | undefined, live: Json | undefined): Json | undefined {
    if (isDeepStrictEqual(recorded, live)) return inputs;
    if (!isObject(inputs) || !isObject(live)) return live;
    const before = isObject(recorded) ? recorded : {};
    const entries = Object.entries(inputs).flatMap(([name, value]) => {
        const drifted = driftedInputs(value, before[name], live[name]);
        return drifted === undefined ? [] : [[name, drifted] as const];
    });
    return Object.fromEntries(entries);
}

/** What a preview expects an update to leave: the recorded object with the new inputs laid over it. */
export function planned(recorded: Json | undefined, inputs: Json): Json {
    if (!isObject(recorded) || !isObject(inputs)) return inputs;
    const laid = Object.entries(inputs).map(([name, value]) => [name, planned(recorded[name], value)] as const);
    return { ...recorded, ...Object.fromEntries(laid) };
}

/** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/), and what a refusal means. */
import type { Json, Operation, Properties } from "../provider";
import { arrayAt, isObject, objectAt, textAt } from "../../../apiServer/json";
import { omit } from "../inputs";
import { ApiError, type KubernetesApi, type Resource } from "../../../apiServer/api";
import { describe, identityOf, toApi, type Identity } from "./objects";

/** Manager of a created object's fields, until the first update hands them to the object's own manager. */
export const CREATOR = "pulumi-kubernetes";

/** @param force Take fields that other managers own. */
export async function apply(
    api: KubernetesApi,
    resource: Resource,
    operation: Operation,
    inputs: Properties,
    manager: string,
    force: boolean,
): Promise<Properties> {
    const identity = identityOf(inputs);
    const path = resource.path(identity.namespace, identity.name);
    await handOver(api, path, manager, operation.signal);
    const query = { fieldManager: manager, force: String(force) };
    const body = bodyOf(resource, inputs);
    const call = {
        query,
        body,
        contentType: "application/apply-patch+yaml",
        signal: operation.signal,
        warn: operation.progress,
    };
    const object = await api.request("PATCH", path, call).catch((error: unknown) => {
        throw explained(error, identity);
    });
    return isObject(object) ? object : {};
}

/**
 * A field that was created by one manager and is left out by another stays: so the creator's fields change hands first
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership-between-managers).
 */
async function handOver(api: KubernetesApi, path: string, manager: string, signal: AbortSignal): Promise<void> {
    const live = await api.find(path, signal);
    const fields = arrayAt(live, "metadata", "managedFields");
    const isCreator = (entry: Json): entry is Properties =>
        isObject(entry) &&
        entry["manager"] === CREATOR &&
        entry["operation"] === "Update" &&
        entry["subresource"] === undefined;
    if (live === undefined || !fields.some(isCreator)) return;
    const body = [
        { op: "test", path: "/metadata/resourceVersion", value: textAt(live, "metadata", "resourceVersion") ?? "" },
        {
            op: "replace",
            path: "/metadata/managedFields",
            value: fields.map((entry) => (isCreator(entry) ? { ...entry, manager, operation: "Apply" } : entry)),
        },
    ];
    await api.request("PATCH", path, { body, contentType: "application/json-patch+json", signal });
}

/** Inputs as the API server takes them. */
export function bodyOf(resource: Resource, inputs: Properties): Properties {
    if (resource.namespaced) return toApi(inputs);
    return toApi({ ...inputs, metadata: omit(objectAt(inputs, "metadata"), "namespace") });
}

export function isExisting(error: unknown): boolean {
    return error instanceof ApiError && error.reason === "AlreadyExists";
}

/** An error that names the object, what holds it back, and what to do. */
export function explained(error: unknown, identity: Identity): unknown {
    if (!(error instanceof ApiError)) return error;
    const object = describe(identity);
    if (isExisting(error)) {
        const fix = "Delete it, or give the resource another name, or leave it to whoever made it";
        return new Error(`${object} exists already in the cluster and is not this stack's. ${fix}`);
    }
    const conflicts = error.causes
        .filter((cause) => textAt(cause, "reason") === "FieldManagerConflict")
        .map((cause) => `${textAt(cause, "field") ?? ""} (${textAt(cause, "message") ?? ""})`);
    if (conflicts.length > 0) {
        const fix =
            'Leave these fields out of the program, or take them with the annotation pulumi.com/patchForce: "true"';
        return new Error(`${object}: fields are owned by another manager: ${conflicts.join(", ")}. ${fix}`);
    }
    return new Error(`${object}: the API server refuses it: ${error.message}`, { cause: error });
}

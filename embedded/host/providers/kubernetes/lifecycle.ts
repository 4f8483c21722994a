/** An object's life: created once, then changed by server-side apply, waited for, and removed. */
import { randomBytes } from "node:crypto";
import {
    NotReadyError,
    type Json,
    type Operation,
    type Properties,
    type ReadResult,
    type ResourceState,
    type Result,
} from "../../provider";
import { arrayAt, isObject, objectAt, omit, textAt } from "../inputs";
import { ApiError, type KubernetesApi, type Resource } from "./api";
import { driftedInputs } from "./diff";
import {
    annotation,
    describe,
    fromApi,
    identityOf,
    idOf,
    isSecret,
    kindOfType,
    normalize,
    parseId,
    toApi,
    type Identity,
} from "./objects";
import { diagnose, waitForGone, waitForReady, WaitError, waitUntil, type Patience } from "./wait";

/** Manager of a created object's fields, until the first update hands them to the object's own manager. */
const CREATOR = "pulumi-kubernetes";
const LIMIT_SECONDS = 600;
/** How long a kind, a namespace or a webhook may take to appear after what brings it was created. */
const MISORDER_SECONDS = 30;

/** @throws Error that names the object, with what the API server says; NotReadyError where it is there but not ready. */
export async function createObject(api: KubernetesApi, operation: Operation, inputs: Properties): Promise<Result> {
    const identity = identityOf(inputs);
    const patience = patienceOf(operation, inputs);
    const early = { ...patience, seconds: Math.min(patience.seconds, MISORDER_SECONDS) };
    const manager =
        annotation(inputs, "pulumi.com/patchFieldManager") ?? `${CREATOR}-${randomBytes(4).toString("hex")}`;
    const created = await waitUntil(describe(identity), early, async () => {
        const resource = await api.resource(identity.apiVersion, identity.kind);
        if (resource === undefined)
            return { missing: `the cluster does not know ${identity.apiVersion} ${identity.kind} yet` };
        try {
            const options = {
                query: { fieldManager: CREATOR },
                body: bodyOf(resource, inputs),
                signal: operation.signal,
                warn: operation.progress,
            };
            const answer = await api.request("POST", resource.path(identity.namespace), options);
            return { done: { resource, object: isObject(answer) ? answer : {} } };
        } catch (error) {
            if (isTooEarly(error)) return { missing: error.message };
            if (isExisting(error) && operation.interrupted) {
                return { done: { resource, object: await apply(api, resource, operation, inputs, manager, true) } };
            }
            throw explained(error, identity);
        }
    });
    return settle(api, created.resource, operation, inputs, created.object, manager);
}

export async function updateObject(
    api: KubernetesApi,
    operation: Operation,
    old: ResourceState,
    news: Properties,
): Promise<Result> {
    const identity = identityOf(news);
    const resource = await api.resource(identity.apiVersion, identity.kind);
    if (resource === undefined) throw new Error(`the cluster no longer knows ${identity.apiVersion} ${identity.kind}`);
    const manager = textAt(old.outputs, "__fieldManager") ?? CREATOR;
    const force = annotation(news, "pulumi.com/patchForce") === "true";
    const object = await apply(api, resource, operation, news, manager, force);
    return settle(api, resource, operation, news, object, manager);
}

export async function readObject(
    api: KubernetesApi,
    operation: Operation,
    id: string,
    old: ResourceState | undefined,
): Promise<ReadResult | undefined> {
    const kind = kindOfType(operation.type);
    const resource = await api.resource(kind.apiVersion, kind.kind);
    const { namespace, name } = parseId(id);
    const live = resource && (await api.find(resource.path(namespace, name), operation.signal));
    if (live === undefined) return undefined;
    const checked = normalize(
        old?.inputs ?? { ...kind, metadata: namespace === undefined ? { name } : { name, namespace } },
    );
    const drifted = old === undefined ? checked : driftedInputs(checked, old.outputs, live);
    const inputs = isObject(drifted) ? drifted : checked;
    return { ...result(inputs, live, textAt(old?.outputs, "__fieldManager") ?? CREATOR), id, inputs };
}

/** Removes the very object that was recorded: one that somebody else has made since under its name stays. */
export async function deleteObject(api: KubernetesApi, operation: Operation, old: ResourceState): Promise<void> {
    const identity = identityOf(old.outputs);
    const resource = await api.resource(identity.apiVersion, identity.kind);
    if (resource === undefined) return;
    const path = resource.path(identity.namespace, identity.name);
    const propagationPolicy = annotation(old.inputs, "pulumi.com/deletionPropagationPolicy") ?? "foreground";
    const uid = textAt(old.outputs, "metadata", "uid");
    const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: propagationPolicy.charAt(0).toUpperCase() + propagationPolicy.slice(1),
        ...(uid === undefined ? {} : { preconditions: { uid } }),
    };
    try {
        await api.request("DELETE", path, { body, signal: operation.signal });
    } catch (error) {
        if (error instanceof ApiError && (error.code === 404 || error.reason === "Conflict")) return;
        throw explained(error, identity);
    }
    if (annotation(old.inputs, "pulumi.com/skipAwait") === "true") return;
    await waitForGone(api, path, old.outputs, patienceOf(operation, old.inputs));
}

async function apply(
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

async function settle(
    api: KubernetesApi,
    resource: Resource,
    operation: Operation,
    inputs: Properties,
    object: Properties,
    manager: string,
): Promise<Result> {
    const { namespace, name } = identityOf(object);
    try {
        const live = await waitForReady(api, resource.path(namespace, name), object, patienceOf(operation, inputs));
        return result(inputs, live, manager);
    } catch (error) {
        if (operation.signal.aborted || !(error instanceof WaitError)) throw error;
        const last = error.last ?? object;
        throw new NotReadyError(error.message, result(inputs, last, manager), await diagnose(api, last));
    }
}

/** What the state records: the live object, and beside it what it was made of. */
function result(inputs: Properties, live: Properties, manager: string): Result {
    const metadata = omit(objectAt(live, "metadata"), "managedFields");
    const { apiVersion = "" } = inputs;
    return {
        id: idOf(identityOf(live)),
        outputs: {
            ...fromApi(live),
            metadata,
            __inputs: inputs,
            __initialApiVersion: apiVersion,
            __fieldManager: manager,
        },
        ...(isSecret(live) ? { secretOutputs: ["data", "stringData", "__inputs"] } : {}),
    };
}

function bodyOf(resource: Resource, inputs: Properties): Properties {
    if (resource.namespaced) return toApi(inputs);
    return toApi({ ...inputs, metadata: omit(objectAt(inputs, "metadata"), "namespace") });
}

function patienceOf(operation: Operation, inputs: Properties): Patience {
    const annotated = Number(annotation(inputs, "pulumi.com/timeoutSeconds") ?? Number.NaN);
    const seconds = operation.timeoutSeconds ?? (Number.isFinite(annotated) ? annotated : LIMIT_SECONDS);
    return { seconds, signal: operation.signal, progress: operation.progress };
}

/** Its kind, its namespace, or the webhook that judges it is not there yet, or the server is too busy. */
function isTooEarly(error: unknown): error is ApiError {
    if (!(error instanceof ApiError)) return false;
    return [404, 429, 503].includes(error.code) || error.message.includes("failed calling webhook");
}

function isExisting(error: unknown): boolean {
    return error instanceof ApiError && error.reason === "AlreadyExists";
}

function explained(error: unknown, identity: Identity): unknown {
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

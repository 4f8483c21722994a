/** An object's life: created once, then changed by server-side apply, waited for, and removed. */
import { randomBytes } from "node:crypto";
import {
    NotReadyError,
    type Operation,
    type Properties,
    type ReadResult,
    type ResourceState,
    type Result,
} from "../provider";
import { isObject, objectAt, textAt } from "../../../apiServer/json";
import { omit } from "../inputs";
import { ApiError, type KubernetesApi, type Resource } from "../../../apiServer/api";
import { apply, bodyOf, CREATOR, explained, isExisting } from "./apply";
import { driftedInputs } from "./diff";
import { annotation, describe, fromApi, identityOf, idOf, isSecret, kindOfType, normalize, parseId } from "./objects";
import { diagnose } from "./diagnose";
import { waitForGone, waitForReady, WaitError, waitUntil, type Patience } from "./wait";

const LIMIT_SECONDS = 600;
/** How long a kind, a namespace or a webhook may take to appear after what brings it was created. */
const MISORDER_SECONDS = 30;

/** @throws Error that names the object, with what the API server says; NotReadyError where it is there but not ready. */
export async function createObject(api: KubernetesApi, operation: Operation, inputs: Properties): Promise<Result> {
    const identity = identityOf(inputs);
    const patience = patienceOf(operation, inputs);
    const early = { ...patience, seconds: Math.min(patience.seconds, MISORDER_SECONDS) };
    const manager = `${CREATOR}-${randomBytes(4).toString("hex")}`;
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
    const uid = textAt(old.outputs, "metadata", "uid");
    const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Foreground",
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
        const [last = object] = error.last;
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

function patienceOf(operation: Operation, inputs: Properties): Patience {
    const seconds = Number(annotation(inputs, "pulumi.com/timeoutSeconds") ?? LIMIT_SECONDS);
    return { seconds, signal: operation.signal, progress: operation.progress };
}

/** Its kind, its namespace, or the webhook that judges it is not there yet, or the server is too busy. */
function isTooEarly(error: unknown): error is ApiError {
    if (!(error instanceof ApiError)) return false;
    return [404, 429, 503].includes(error.code) || error.message.includes("failed calling webhook");
}

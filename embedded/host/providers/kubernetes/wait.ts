/** Waiting with a limit: for objects to become ready, and to be gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../../../progress";
import type { Json, Properties } from "../../provider";
import { arrayAt, objectAt, textAt } from "../inputs";
import { UnreachableError, type KubernetesApi } from "./api";
import { describe, identityOf } from "./objects";
import { awaits, lackOf, lackOfEndpoints, selectsPods, type Lack } from "./readiness";

/** Most things are there at once: the first looks follow each other quickly, and nothing is said of them. */
const FIRST_INTERVAL_MS = 20;
const QUIET_MS = 1000;
const LAST_INTERVAL_MS = 250;

export interface Patience {
    readonly seconds: number;
    readonly signal: AbortSignal;
    readonly progress: Progress;
}

/** What was waited for did not come. */
export class WaitError extends Error {
    public constructor(
        message: string,
        /** The object as it was seen last. */
        public readonly last: Properties | undefined,
    ) {
        super(message);
        this.name = "WaitError";
    }
}

/** One look at what is waited for: it is there, or this is missing. */
export type Look<T> =
    { readonly done: T } | { readonly missing: string; readonly failed?: boolean; readonly last?: Properties };

/**
 * Looks again and again, and says each time that something else is missing. A server that does not answer for a moment
 * counts as missing too.
 * @throws WaitError at the limit, or where waiting would not help. The signal's reason when it is aborted.
 */
export async function waitUntil<T>(what: string, patience: Patience, look: () => Promise<Look<T>>): Promise<T> {
    const start = Date.now();
    let said = "";
    let interval = FIRST_INTERVAL_MS;
    for (;;) {
        patience.signal.throwIfAborted();
        const seen = await look().catch((error: unknown): Look<T> => {
            if (error instanceof UnreachableError && !patience.signal.aborted) return { missing: error.message };
            throw error;
        });
        if ("done" in seen) return seen.done;
        if (seen.failed === true) throw new WaitError(`${what} failed: ${seen.missing}`, seen.last);
        const waited = Date.now() - start;
        if (waited > patience.seconds * 1000) {
            throw new WaitError(`${what} did not get ready within ${patience.seconds} s: ${seen.missing}`, seen.last);
        }
        if (waited > QUIET_MS && seen.missing !== said) {
            patience.progress(`waiting for ${what}: ${seen.missing}`);
            said = seen.missing;
        }
        await sleep(interval, undefined, { signal: patience.signal });
        interval = Math.min(2 * interval, LAST_INTERVAL_MS);
    }
}

/** @returns the object as it is when it is ready. */
export async function waitForReady(
    api: KubernetesApi,
    path: string,
    object: Properties,
    patience: Patience,
): Promise<Properties> {
    if (!awaits(object)) return object;
    let known: Properties | undefined = object;
    return waitUntil(describe(identityOf(object)), patience, async () => {
        const live = known ?? (await api.find(path, patience.signal));
        known = undefined;
        if (live === undefined) return { missing: "it has been deleted by somebody else", failed: true };
        const lack = lackOf(live) ?? (await lackAround(api, path, live, patience.signal));
        return lack === undefined ? { done: live } : { ...lack, last: live };
    });
}

/** What an object's readiness needs of other objects. */
async function lackAround(api: KubernetesApi, path: string, live: Properties, signal: AbortSignal): Promise<Lack> {
    const { kind, namespace, name } = identityOf(live);
    if (kind !== "Service" || !path.startsWith("/api/v1/") || !selectsPods(live)) return undefined;
    const slices = await api.request("GET", `/apis/discovery.k8s.io/v1/namespaces/${namespace ?? ""}/endpointslices`, {
        query: { labelSelector: `kubernetes.io/service-name=${name}` },
        signal,
    });
    return lackOfEndpoints(arrayAt(slices, "items"));
}

/** Waits until the object is gone, or another one has taken its name. */
export async function waitForGone(
    api: KubernetesApi,
    path: string,
    object: Properties,
    patience: Patience,
): Promise<void> {
    const uid = textAt(object, "metadata", "uid");
    await waitUntil(`the deletion of ${describe(identityOf(object))}`, patience, async () => {
        const live = await api.find(path, patience.signal);
        if (live === undefined || textAt(live, "metadata", "uid") !== uid) return { done: undefined };
        return { missing: remains(live), last: live };
    });
}

function remains(live: Properties): string {
    const finalizers = [...arrayAt(live, "metadata", "finalizers"), ...arrayAt(live, "spec", "finalizers")].map(String);
    const conditions = arrayAt(live, "status", "conditions")
        .filter((entry) => textAt(entry, "status") === "True" && textAt(live, "kind") === "Namespace")
        .map((entry) => textAt(entry, "message") ?? "");
    const held = finalizers.length > 0 ? `its finalizers ${finalizers.join(", ")} are at work` : "it is terminating";
    return [held, ...conditions].join("; ");
}

/** Why an object does not get ready: what its pods and the events of its namespace say. Never fails itself. */
export async function diagnose(api: KubernetesApi, object: Properties): Promise<string[]> {
    const { kind, namespace, name } = identityOf(object);
    if (namespace === undefined) return [];
    const root = `/api/v1/namespaces/${namespace}`;
    const selector =
        kind === "Service" ? objectAt(object, "spec", "selector") : objectAt(object, "spec", "selector", "matchLabels");
    const labels = Object.entries(selector).map(([label, value]) => `${label}=${textAt(value) ?? ""}`);
    try {
        const pods =
            labels.length === 0
                ? null
                : await api.request("GET", `${root}/pods`, { query: { labelSelector: labels.join(",") } });
        const waiting = arrayAt(pods, "items").flatMap(troubles);
        const events = await api.request("GET", `${root}/events`, { query: { fieldSelector: "type=Warning" } });
        const warnings = arrayAt(events, "items")
            .filter((event) => concerns(textAt(event, "involvedObject", "name") ?? "", name))
            .map(
                (event) =>
                    `${textAt(event, "involvedObject", "kind") ?? ""} ${textAt(event, "involvedObject", "name") ?? ""}: ${textAt(event, "message") ?? ""}`,
            );
        return [...new Set([...waiting, ...warnings])].slice(0, 8);
    } catch {
        return [];
    }
}

function concerns(involved: string, name: string): boolean {
    return involved === name || involved.startsWith(`${name}-`);
}

function troubles(pod: Json): string[] {
    const name = textAt(pod, "metadata", "name") ?? "";
    const unscheduled = arrayAt(pod, "status", "conditions").filter(
        (entry) => textAt(entry, "type") === "PodScheduled" && textAt(entry, "status") === "False",
    );
    const containers = [
        ...arrayAt(pod, "status", "initContainerStatuses"),
        ...arrayAt(pod, "status", "containerStatuses"),
    ];
    const states = containers.flatMap((container) => {
        const state = objectAt(container, "state", "waiting");
        const reason = textAt(state, "reason");
        return reason === undefined
            ? []
            : [
                  `container ${textAt(container, "name") ?? ""} waits: ${[reason, textAt(state, "message")].filter(Boolean).join(": ")}`,
              ];
    });
    return [...unscheduled.map((entry) => `not scheduled: ${textAt(entry, "message") ?? ""}`), ...states].map(
        (text) => `pod ${name}: ${text}`,
    );
}

/** Waiting with a limit: for objects to become ready, and to be gone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../../../../shared/progress";
import type { Properties } from "../provider";
import { arrayAt, textAt } from "../../../apiServer/json";
import { UnreachableError, type KubernetesApi } from "../../../apiServer/api";
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
        /** The objects that it lacks, as they were seen last. */
        public readonly last: readonly Properties[],
    ) {
        super(message);
        this.name = "WaitError";
    }
}

/** One look at what is waited for: it is there, or this is missing. */
export type Look<T> =
    | { readonly done: T }
    | { readonly missing: string; readonly failed?: boolean; readonly last?: readonly Properties[] };

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
        if (seen.failed === true) throw new WaitError(`${what} failed: ${seen.missing}`, seen.last ?? []);
        const waited = Date.now() - start;
        if (waited > patience.seconds * 1000) {
            throw new WaitError(
                `${what} did not get ready within ${patience.seconds} s: ${seen.missing}`,
                seen.last ?? [],
            );
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
        return judge(api, path, live, patience.signal);
    });
}

/** Waits for several objects at once, and speaks of one of those that are missing. */
export async function waitForAll(
    api: KubernetesApi,
    what: string,
    objects: readonly Properties[],
    patience: Patience,
): Promise<void> {
    let waiting = objects.filter(awaits);
    await waitUntil(what, patience, async () => {
        const looks = await Promise.all(
            waiting.map(async (object) => {
                const { apiVersion, kind, namespace, name } = identityOf(object);
                const path = (await api.resource(apiVersion, kind))?.path(namespace, name);
                const live = path && (await api.find(path, patience.signal));
                const look = await judge(api, path ?? "", live || undefined, patience.signal);
                return "done" in look ? [] : [{ object, look }];
            }),
        );
        const lacks = looks.flat();
        waiting = lacks.map(({ object }) => object);
        const worst = lacks.find(({ look }) => look.failed) ?? lacks[0];
        if (worst === undefined) return { done: undefined };
        const more = lacks.length > 1 ? `, and ${lacks.length - 1} more objects` : "";
        return {
            ...worst.look,
            missing: `${describe(identityOf(worst.object))}: ${worst.look.missing}${more}`,
            last: lacks.flatMap(({ look }) => look.last ?? []),
        };
    });
}

async function judge(
    api: KubernetesApi,
    path: string,
    live: Properties | undefined,
    signal: AbortSignal,
): Promise<Look<Properties>> {
    if (live === undefined) return { missing: "it has been deleted by somebody else", failed: true };
    const lack = lackOf(live) ?? (await lackAround(api, path, live, signal));
    return lack === undefined ? { done: live } : { ...lack, last: [live] };
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
        return { missing: remains(live), last: [live] };
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

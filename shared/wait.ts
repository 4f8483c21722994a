import { setTimeout } from "node:timers/promises";

const POLL_MS = 100;

/**
 * Waits until an attempt succeeds; each attempt must be bounded by itself.
 * @param what What it waits for, e.g. `node west-control-plane to be Ready`: the error's subject.
 * @param attempt Throws, with what it saw, while there is nothing yet.
 * @param signal Ends the wait with its reason.
 */
export async function waitFor<T>(
    what: string,
    limitSeconds: number,
    attempt: () => Promise<T> | T,
    signal?: AbortSignal,
): Promise<T> {
    const deadline = Date.now() + limitSeconds * 1000;
    for (;;) {
        signal?.throwIfAborted();
        try {
            return await attempt();
        } catch (error) {
            if (Date.now() > deadline) {
                const seen = error instanceof Error ? error.message : String(error);
                throw new Error(`waited ${limitSeconds} s for ${what}; last seen: ${seen}`, { cause: error });
            }
        }
        await setTimeout(POLL_MS, undefined, { signal }).catch(() => undefined); // thrown above
    }
}

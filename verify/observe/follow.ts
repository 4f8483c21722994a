import type { Informer, KubernetesObject, ObjectCache } from "@kubernetes/client-node";

/** Before a watch that broke off begins anew. Milliseconds. */
const PAUSE = 1_000;

/**
 * Follows objects by a watch, which costs an API server far less than to be asked again and again.
 *
 * @param enough Looks at all of them after each change; what it throws ends the wait.
 * @param end Ends the wait.
 * @returns Whether `enough` was true before the end.
 */
export function follow<T extends KubernetesObject>(
    informer: Informer<T> & ObjectCache<T>,
    enough: (objects: readonly T[]) => boolean,
    end: AbortSignal,
): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const finished = new AbortController();
        let isListed = false;
        const finish = (settle: () => void): void => {
            end.removeEventListener("abort", giveUp);
            finished.abort();
            void informer.stop();
            settle();
        };
        const giveUp = (): void => {
            finish(() => {
                resolve(false);
            });
        };
        const look = (): void => {
            // Until all are listed, some may seem to be missing.
            if (!isListed || finished.signal.aborted) return;
            try {
                if (enough(informer.list())) {
                    finish(() => {
                        resolve(true);
                    });
                }
            } catch (error) {
                finish(() => {
                    reject(error instanceof Error ? error : new Error(String(error)));
                });
            }
        };
        const begin = (): void => {
            if (finished.signal.aborted) return;
            void informer.start().then(() => {
                isListed = true;
                look();
            });
        };
        informer.on("change", look);
        informer.on("error", () => setTimeout(begin, PAUSE));
        end.addEventListener("abort", giveUp, { once: true });
        if (end.aborted) giveUp();
        else begin();
    });
}

/** Ctrl-C, twice: the first ends a run after its running steps, the second ends those too. */
import type { Progress } from "./progress";

export interface Interrupt {
    /** Aborted by the first SIGINT or SIGTERM. */
    readonly stop: AbortSignal;
    /** Aborted by the second. */
    readonly abort: AbortSignal;
    /** Stops listening. */
    dispose(): void;
}

export function listenForInterrupt(progress: Progress): Interrupt {
    const stop = new AbortController();
    const abort = new AbortController();
    const onSignal = (): void => {
        if (stop.signal.aborted) {
            progress("Ending the running steps now; the next run continues from what they left.");
            abort.abort();
        } else {
            progress("Finishing the running steps and saving; interrupt again to end them now.");
            stop.abort();
        }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    return {
        stop: stop.signal,
        abort: abort.signal,
        dispose() {
            process.off("SIGINT", onSignal);
            process.off("SIGTERM", onSignal);
        },
    };
}

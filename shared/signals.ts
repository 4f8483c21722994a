/** The end of work that may take a limited time, or be ended from outside. */
import { setMaxListeners } from "node:events";

/**
 * A signal that aborts with the first of others, or after a time.
 *
 * `AbortSignal.any` is not used: the garbage collector takes the timeouts that are given to it, and a wait that should be
 * bounded never ends (Node.js 20: https://github.com/nodejs/node/issues/57736).
 *
 * @param milliseconds Default for ever. Like `AbortSignal.timeout`, it keeps no process alive.
 */
export function anySignal(signals: readonly AbortSignal[], milliseconds?: number): AbortSignal {
    const controller = new AbortController();
    // Many may wait for the same.
    setMaxListeners(0, controller.signal, ...signals);
    const over = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    const timer =
        milliseconds === undefined
            ? undefined
            : setTimeout(() => {
                  end(over);
              }, milliseconds).unref();
    const listeners = signals.map((signal) => ({
        signal,
        listener: () => {
            end(signal.reason);
        },
    }));
    function end(reason: unknown): void {
        clearTimeout(timer);
        for (const { signal, listener } of listeners) signal.removeEventListener("abort", listener);
        controller.abort(reason);
    }
    for (const { signal, listener } of listeners) {
        if (signal.aborted) listener();
        else signal.addEventListener("abort", listener);
    }
    return controller.signal;
}

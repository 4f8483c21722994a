/**
 * Ends the wait for what cannot be aborted by itself, such as a WebSocket that never opens.
 * @throws Error with `message` when the signal comes first.
 */
export function within<T>(signal: AbortSignal, message: string, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        // Signals keep no process alive, and what never answers may have closed all else: the process would end without a word.
        const alive = setInterval(() => undefined, 1_000_000);
        const end = (): void => {
            clearInterval(alive);
            reject(new Error(message));
        };
        if (signal.aborted) {
            end();
        }
        signal.addEventListener("abort", end, { once: true });
        work.then(resolve, reject).finally(() => {
            clearInterval(alive);
            signal.removeEventListener("abort", end);
        });
    });
}

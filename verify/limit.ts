/**
 * Ends the wait for what cannot be aborted by itself, such as a WebSocket that never opens.
 * @throws Error with `message` when the signal comes first.
 */
export function within<T>(signal: AbortSignal, message: string, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        const end = (): void => {
            reject(new Error(message));
        };
        if (signal.aborted) {
            end();
        }
        signal.addEventListener("abort", end, { once: true });
        work.then(resolve, reject).finally(() => {
            signal.removeEventListener("abort", end);
        });
    });
}

/** What a person sees while long work runs. */
import type { Progress } from "./progress";

/** A person who watches wants a sign; a log that is read afterwards, few lines. */
const HEARTBEAT_SECONDS = process.stderr.isTTY ? 15 : 60;

/** Runs work and says every 15 seconds, in a log every minute, that it still runs, for how long already. */
export async function withHeartbeat<T>(progress: Progress, what: string, work: () => Promise<T>): Promise<T> {
    const start = Date.now();
    const heartbeat = setInterval(() => {
        progress(`${what}, ${duration(secondsSince(start))} so far`);
    }, HEARTBEAT_SECONDS * 1000);
    try {
        return await work();
    } finally {
        clearInterval(heartbeat);
    }
}

/** Seconds since a time that `Date.now()` gave. */
export function secondsSince(start: number): number {
    return (Date.now() - start) / 1000;
}

/** E.g. `0.4 s`, `12 s`, `4 min 38 s`. */
export function duration(seconds: number): string {
    if (seconds < 9.95) {
        return `${seconds.toFixed(1)} s`;
    }
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

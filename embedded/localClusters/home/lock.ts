/** Locks between the runs of this machine. */
import { lock } from "proper-lockfile";
import { RUN_PREFIX } from "./paths";

/** A run that was killed leaves its lock; others take it over after this time. */
const STALE_MS = 10_000;

/**
 * Runs `work` while no other run of this machine holds that lock.
 * @param file Path of the lock, without its suffix; its folder exists.
 * @param limitSeconds How long to wait for it.
 * @param work Gets a signal that is aborted when the lock is lost, e.g. because this machine slept.
 */
export async function withLock<T>(
    file: string,
    limitSeconds: number,
    work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
    const lost = new AbortController();
    const release = await lock(file, {
        realpath: false,
        stale: STALE_MS,
        update: STALE_MS / 5,
        retries: { retries: limitSeconds * 10, factor: 1, minTimeout: 100, maxTimeout: 100 },
        onCompromised: (error) => {
            lost.abort(error);
        },
    }).catch((error: unknown) => {
        const message = `waited ${limitSeconds} s for another run to release ${file}.lock; end that run and try again`;
        throw new Error(message, { cause: error });
    });
    try {
        return await work(lost.signal);
    } finally {
        await release().catch(() => undefined); // it was lost
    }
}

/** Runs `work` while nobody else assigns addresses or changes a home's bridge. */
export async function withRegistry<T>(work: () => Promise<T>): Promise<T> {
    return withLock(`${RUN_PREFIX}registry`, 60, work);
}

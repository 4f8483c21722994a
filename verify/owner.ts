/** Whose a change of a run is: one that was killed cannot take its own back, so the next one does. */
import os from "node:os";
import { z } from "zod";

/** Longest that a run can hold what it has changed. Milliseconds. */
const LEASE = 10 * 60_000;

const ownerSchema = z.object({ host: z.string(), process: z.number().int().positive(), until: z.iso.datetime() });

/** This process, in the form of the annotation. */
export function owner(): string {
    const until = new Date(Date.now() + LEASE).toISOString();
    return JSON.stringify({ host: os.hostname(), process: process.pid, until });
}

/** Whether nobody holds it any more: its run is over time, or was on this machine and has ended. */
export function isAbandoned(annotation: string | undefined): boolean {
    let value: unknown;
    try {
        value = JSON.parse(annotation ?? "");
    } catch {
        return true;
    }
    const parsed = ownerSchema.safeParse(value);
    if (!parsed.success) {
        return true;
    }
    const { host, process: id, until } = parsed.data;
    return Date.parse(until) < Date.now() || (host === os.hostname() && !runs(id));
}

function runs(id: number): boolean {
    try {
        process.kill(id, 0);
        return true;
    } catch (error) {
        // Another user's process may not be signalled, but it is there.
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}

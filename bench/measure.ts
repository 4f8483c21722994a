/** Times, memory and spreads. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Minimum, median and maximum of the same figure over several runs. */
export interface Spread {
    readonly min: number;
    readonly median: number;
    readonly max: number;
}

export function spread(figures: readonly number[]): Spread {
    const sorted = [...figures].sort((a, b) => a - b);
    const at = (index: number): number => sorted[index] ?? Number.NaN;
    const middle = (sorted.length - 1) / 2;
    return {
        min: round(at(0)),
        median: round((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2),
        max: round(at(sorted.length - 1)),
    };
}

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
}

/**
 * Runs `work` and tells the most memory that it and the clusters had resident at once, in MiB. What runs in a PID
 * namespace other than this process's belongs to a local cluster.
 */
export async function peakMemory(work: () => Promise<unknown>): Promise<number> {
    let peak = 0;
    const sampler = setInterval(() => {
        peak = Math.max(peak, residentMebibytes());
    }, 1000);
    try {
        await work();
    } finally {
        clearInterval(sampler);
    }
    return Math.round(Math.max(peak, residentMebibytes()));
}

function residentMebibytes(): number {
    const here = readlinkSync("/proc/self/ns/pid");
    const processes = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
    const ours = descendants(process.pid, processes);
    return processes.reduce((sum, id) => {
        try {
            const counts = ours.has(id) || readlinkSync(`/proc/${id}/ns/pid`) !== here;
            const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
            return counts && resident !== undefined ? sum + Number(resident) / 1024 : sum;
        } catch {
            // It ended between the listing and the look.
            return sum;
        }
    }, 0);
}

function descendants(ancestor: number, processes: readonly string[]): ReadonlySet<string> {
    const parents = new Map(
        processes.map((id) => {
            try {
                return [id, /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]];
            } catch {
                return [id, undefined];
            }
        }),
    );
    const isOurs = (id: string | undefined): boolean =>
        id !== undefined && (id === String(ancestor) || isOurs(parents.get(id)));
    return new Set(processes.filter(isOurs));
}

function round(figure: number): number {
    return Math.round(figure * 100) / 100;
}

/** The wait between two steps in a running mesh, until all have taken the first. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, EXIT } from "../../shared/exit";
import type { Progress } from "../../shared/progress";
import type { Behind } from "../../verify/rotation/behind";
import { anySignal } from "../../shared/signals";

/** As long as Istio's own test waits for one workload. Seconds. */
const LIMIT = 300;
const PAUSE_MILLISECONDS = 1000;
/** Of one look at the whole mesh. Milliseconds. */
export const LOOK = 60_000;
/** Names in one message. */
const NAMED = 8;

/**
 * @param look Finds those that are behind.
 * @param advice What to do about those that stay so.
 * @throws CommandError, with who is behind, when not all have come so far.
 */
export async function untilNobodyIsBehind(
    look: (signal: AbortSignal) => Promise<Behind[]>,
    advice: string,
    progress: Progress,
    stop: AbortSignal,
): Promise<void> {
    const began = performance.now();
    for (let told = ""; ;) {
        const left = await look(anySignal([stop], LOOK)).catch((error: unknown): Behind[] => [
            { cluster: "mesh", who: "a cluster", why: error instanceof Error ? error.message : String(error) },
        ]);
        if (left.length === 0) return;
        const now = counts(left);
        if (now !== told) progress(`  waiting for ${now}`);
        told = now;
        if (stop.aborted) throw interrupted();
        if ((performance.now() - began) / 1000 > LIMIT) throw new CommandError(tooLate(left, advice), EXIT.failed);
        await sleep(PAUSE_MILLISECONDS, undefined, { signal: stop }).catch(() => undefined);
    }
}

export function interrupted(): CommandError {
    return new CommandError("interrupted; run it again to continue", EXIT.failed);
}

function counts(left: readonly Behind[]): string {
    const clusters = [...new Set(left.map(({ cluster }) => cluster))];
    const lines = clusters.map((name) => {
        const [first, ...others] = left.filter(({ cluster }) => cluster === name);
        const more = others.length === 0 ? "" : ` and ${others.length} more`;
        return `${name}: ${first?.who ?? ""}${more} (${first?.why ?? ""})`;
    });
    return lines.join("; ");
}

function tooLate(left: readonly Behind[], advice: string): string {
    const named = left.slice(0, NAMED).map(({ cluster, who, why }) => `  ${cluster} ${who}: ${why}`);
    const rest = left.length - named.length;
    const more = rest > 0 ? [`  and ${rest} more`] : [];
    return [`waited ${LIMIT} s, and these have not taken the step:`, ...named, ...more, advice].join("\n");
}

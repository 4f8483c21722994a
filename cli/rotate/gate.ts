/** The wait between two steps of a rotation, until every proxy in every cluster has taken the first. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, EXIT } from "../../shared/exit";
import type { Progress } from "../../shared/progress";
import type { Mesh } from "../../verify";
import { type Behind, behind, servedIn } from "../../verify/rotation/served";
import { anySignal } from "../../shared/signals";
import { hasten } from "./hasten";

/** As long as Istio's own test waits for one workload. Seconds. */
const LIMIT = 300;
const PAUSE_MILLISECONDS = 1000;
/** Of one look at all proxies. Milliseconds. */
const LOOK = 60_000;
/** Names in one message. */
const NAMED = 8;

/**
 * @param mesh With the roots that are to be trusted, the one that signs first.
 * @throws CommandError, with who is behind, when not all have come so far.
 */
export async function untilServed(mesh: Mesh, progress: Progress, stop: AbortSignal): Promise<void> {
    const { rootCertificate } = mesh;
    if (rootCertificate === undefined) {
        throw new CommandError(
            "no stack of these knows the mesh's roots: name the one that owns them, too",
            EXIT.mistake,
        );
    }
    const began = performance.now();
    await hasten(mesh, stop);
    for (let told = ""; ;) {
        const left = await look(mesh, rootCertificate, stop);
        if (left.length === 0) return;
        const now = counts(left);
        if (now !== told) progress(`  waiting for ${now}`);
        told = now;
        if (stop.aborted) {
            throw new CommandError("the rotation was interrupted; run it again to continue", EXIT.failed);
        }
        if ((performance.now() - began) / 1000 > LIMIT) {
            throw new CommandError(tooLate(left), EXIT.failed);
        }
        await sleep(PAUSE_MILLISECONDS, undefined, { signal: stop }).catch(() => undefined);
    }
}

async function look(mesh: Mesh, rootCertificate: string, stop: AbortSignal): Promise<Behind[]> {
    try {
        return behind(await servedIn(mesh, anySignal([stop], LOOK)), rootCertificate);
    } catch (error) {
        return [{ cluster: "", who: "a cluster", why: error instanceof Error ? error.message : String(error) }];
    }
}

function counts(left: readonly Behind[]): string {
    const clusters = [...new Set(left.map(({ cluster }) => cluster))];
    const lines = clusters.map((name) => {
        const own = left.filter(({ cluster }) => cluster === name);
        const { who, why } = own[0] ?? { who: "", why: "" };
        const others = own.length === 1 ? "" : ` and ${own.length - 1} more`;
        return `${name === "" ? "" : `${name}: `}${who}${others} (${why})`;
    });
    return lines.join("; ");
}

function tooLate(left: readonly Behind[]): string {
    const named = left.slice(0, NAMED).map(({ cluster, who, why }) => `  ${cluster} ${who}: ${why}`);
    const rest = left.length - named.length;
    return [
        `waited ${LIMIT} s, and these have not taken the step:`,
        ...named,
        ...(rest > 0 ? [`  and ${rest} more`] : []),
        "Restart these pods (`kubectl rollout restart`), then run it again to continue, or with --back to go back.",
    ].join("\n");
}

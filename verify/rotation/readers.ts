/** Whether all control planes read their peers with the tokens that they are to use. Judging is pure. */
import { type Mesh, peersOf } from "../mesh";
import { inEachCluster, observe, ObservationError } from "../observe";
import { controlPlaneOf } from "../observe/controlPlane";
import { imageTag, ISTIOD_CONTAINER } from "../observe/istio";
import { readClusters, type ReadClusters } from "../observe/istiod";
import type { KubernetesView } from "../observe/kubernetes";
import { credentialsOf, remoteChanges } from "../observe/remotes";
import type { Problem } from "../../shared/problems";
import type { Behind } from "./behind";

/**
 * istiod says `synced` of what it read before, too, until it has seen that the Secret is another one; its watch tells it in a
 * moment. Seconds after which it has.
 */
const SETTLED = 10;

/** How one cluster reads one peer. */
export interface Reading {
    readonly cluster: string;
    /** Istio's name of the peer. */
    readonly peer: string;
    /** Whether the remote Secret has the token that it is to have. */
    readonly isCurrent: boolean;
    /** Since the remote Secret was changed. */
    readonly seconds: number;
    readonly istiods: readonly ReadClusters[];
}

/**
 * @param tokens What peers are to read a cluster with, by its short name; of clusters that are not among them nothing is said.
 * @throws ObservationError for a cluster that does not answer.
 */
export async function unread(mesh: Mesh, tokens: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Behind[]> {
    const now = Date.now();
    const found = await inEachCluster(await observe(mesh, signal), async (kubernetes, { name, primary }) => {
        // The istiod that serves it reads, and has its remote Secrets beside it.
        if (primary !== undefined) return { readings: [] };
        const [credentials, changes, istiods] = await Promise.all([
            credentialsOf(kubernetes),
            remoteChanges(kubernetes),
            readClusters(kubernetes),
        ]);
        const readings = peersOf(mesh, name).flatMap((peer): Reading[] => {
            const token = tokens.get(peer.name);
            const own = credentials.find(({ clusterName }) => clusterName === peer.clusterName);
            const changed = changes.get(peer.clusterName)?.getTime() ?? now;
            const [isCurrent, seconds] = [own?.token === token, (now - changed) / 1000];
            return token === undefined ? [] : [{ cluster: name, peer: peer.clusterName, isCurrent, seconds, istiods }];
        });
        return { readings };
    });
    return found.flatMap(({ readings }) => readings.flatMap(behindOf));
}

export function behindOf({ cluster, peer, isCurrent, seconds, istiods }: Reading): Behind[] {
    const at = { cluster, who: `remote Secret of ${peer}` };
    if (!isCurrent) return [{ ...at, why: "has another token than the one that is used now" }];
    if (seconds < SETTLED) return [{ ...at, why: `was changed less than ${SETTLED} s ago` }];
    return istiods.flatMap(({ pod, clusters }) => {
        const status = clusters.find(({ id }) => id === peer)?.syncStatus ?? "unknown";
        return status === "synced" ? [] : [{ cluster, who: pod, why: `reads ${peer} with status "${status}"` }];
    });
}

/** Tokens that API servers still accept. @param tokens By the short names of the clusters that they were for. Secret. */
export async function accepted(
    mesh: Mesh,
    tokens: ReadonlyMap<string, readonly string[]>,
    signal: AbortSignal,
): Promise<Behind[]> {
    const found = await inEachCluster(await observe(mesh, signal), async (kubernetes, { name }) => {
        const answers = await Promise.all((tokens.get(name) ?? []).map((token) => isAccepted(kubernetes.as(token))));
        return { left: answers.filter((answer) => answer).length };
    });
    return found.flatMap(({ cluster, left }) =>
        left === 0 ? [] : [{ cluster, who: "its API server", why: `accepts ${left} tokens that were revoked` }],
    );
}

async function isAccepted(account: KubernetesView): Promise<boolean> {
    try {
        await account.serverVersion();
        return true;
    } catch (error) {
        if (error instanceof ObservationError && error.status === 401) return false;
        throw error;
    }
}

/** Releases of Istio that lose a peer whose credentials change: what is wrong with them, by their minor and first sound patch. */
const BUGS: readonly { readonly minor: number; readonly soundPatch: number; readonly why: string }[] = [
    {
        minor: 29,
        soundPatch: Infinity,
        why: "stops reading a peer before it has read it anew",
    },
    {
        minor: 30,
        soundPatch: 4,
        why: "may ignore the new credentials (istio#60612), forget gateways (istio#60920) or lose endpoints (istio#61043)",
    },
];

/** @throws ObservationError for a cluster that does not answer. */
export async function withKnownBugs(mesh: Mesh, signal: AbortSignal): Promise<Problem[]> {
    const found = await inEachCluster(await observe(mesh, signal), async (kubernetes) => {
        const { pods } = await controlPlaneOf(kubernetes);
        return { tags: [...new Set(pods.flatMap((pod) => imageTag(pod, ISTIOD_CONTAINER) ?? []))] };
    });
    return found.flatMap(({ cluster, tags }) => tags.flatMap((tag) => bugOf(cluster, tag)));
}

/** @param tag What is no release is taken for a sound one. */
export function bugOf(cluster: string, tag: string): Problem[] {
    const [, minor, patch] = /^1\.(\d+)\.(\d+)/.exec(tag) ?? [];
    const bug = BUGS.find((each) => Number(minor) <= each.minor && Number(patch) < each.soundPatch);
    return bug === undefined
        ? []
        : [
              {
                  subject: `cluster ${cluster}`,
                  value: tag,
                  rule: `this release of Istio ${bug.why} when a peer's credentials change`,
                  fix: "Upgrade to 1.30.4, 1.31.0 or newer first.",
              },
          ];
}

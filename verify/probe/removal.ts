/** Removes what this run made in a cluster, and what runs left there that were killed. */
import type { Finding } from "../check";
import { OWNER_ANNOTATION } from "./manifests";
import { isAbandoned } from "../owner";
import type { ProbeSite } from "./site";

const LIMIT_SECONDS = 60;

export const PROBE_REMOVED = {
    id: "probe-removed",
    group: "data plane",
    proves: "Nothing that a probe made is left in any cluster",
} as const;

export interface Removal {
    readonly cluster: string;
    readonly removed: readonly string[];
    /** Namespaces that are still there after the limit. */
    readonly left: readonly string[];
    /** What kept the run from looking. */
    readonly failure?: string;
}

/** Never throws. */
export async function remove(site: ProbeSite): Promise<Removal> {
    const cluster = site.name;
    let removed: readonly string[] = [];
    try {
        removed = await ours(site);
        await Promise.all(removed.map((namespace) => site.deleteNamespace(namespace)));
        let left = removed;
        await site.followNamespaces(
            (present) => {
                left = removed.filter((namespace) => present.some(({ metadata }) => metadata?.name === namespace));
                return left.length === 0;
            },
            AbortSignal.timeout(LIMIT_SECONDS * 1000),
        );
        return { cluster, removed: removed.filter((namespace) => !left.includes(namespace)), left };
    } catch (error) {
        return { cluster, removed: [], left: removed, failure: error instanceof Error ? error.message : String(error) };
    }
}

/** The own namespace, and those whose runs have ended. */
async function ours(site: ProbeSite): Promise<string[]> {
    return (await site.namespaces())
        .filter(({ name, annotations }) => name === site.namespace || isAbandoned(annotations[OWNER_ANNOTATION]))
        .map(({ name }) => name);
}

export function judgeRemoval(removals: readonly Removal[]): Finding {
    const seen = removals.map(({ cluster, removed, left, failure }) =>
        [
            `${cluster}: removed ${removed.join(", ") || "nothing"}`,
            ...(left.length === 0 ? [] : [`${left.join(", ")} is left`]),
            ...(failure === undefined ? [] : [failure]),
        ].join("; "),
    );
    const undone = removals.filter(({ left, failure }) => left.length > 0 || failure !== undefined);
    if (undone.length === 0) {
        return { result: "pass", seen };
    }
    return {
        // It says nothing about the mesh.
        result: "error",
        seen,
        cause: `The probe's namespace may still be in ${undone.map(({ cluster }) => cluster).join(", ")}.`,
        fix: "The next run with --probe removes it, or `kubectl delete namespace -l istio-multicluster/probe`.",
    };
}

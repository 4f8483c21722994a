/** What clusters are to each other: roots that they share, and remote Secrets. */
import { X509Certificate } from "node:crypto";
import { peersOf, type DeclaredMesh } from "../verify/mesh";
import type { Remote } from "../verify/observe/remotes";
import type { Found, Survey } from "../verify/survey";
import type { Discovery, Root, Standing, Trust } from "./model";

/** Who trusts which root. What could not be seen is no difference. */
export function drawTrust(declared: DeclaredMesh, surveys: readonly Survey[]): { roots: Root[]; trusts: Trust[] } {
    const found = surveys.flatMap((survey) =>
        (survey.found?.roots ?? []).map((root) => [survey.cluster, root] as const),
    );
    const wanted =
        declared.rootCertificate === undefined
            ? found[0]?.[1].fingerprint
            : new X509Certificate(declared.rootCertificate).fingerprint256;
    const standing = (fingerprint: string): Standing => (fingerprint === wanted ? "as declared" : "not declared");
    const seen = new Map(found.map(([, root]) => [root.fingerprint, root]));
    const roots: Root[] = [...seen.values()].map((root) => ({ ...root, standing: standing(root.fingerprint) }));
    const missing = surveys.filter(
        ({ cluster, found: read }) =>
            read !== undefined &&
            read.unseen.length === 0 &&
            !found.some(([name, { fingerprint }]) => name === cluster && fingerprint === wanted),
    );
    return {
        roots:
            wanted === undefined || seen.has(wanted)
                ? roots
                : [{ fingerprint: wanted, standing: "not there" }, ...roots],
        trusts: [
            ...found.map(([cluster, { fingerprint: root }]) => ({ root, cluster, standing: standing(root) })),
            ...(wanted === undefined
                ? []
                : missing.map(({ cluster }) => ({ root: wanted, cluster, standing: "not there" as const }))),
        ],
    };
}

/** Who discovers whom, likewise. */
export function drawDiscoveries(declared: DeclaredMesh, surveys: readonly Survey[]): Discovery[] {
    return declared.clusters.flatMap(({ name: from, clusterName: reader, primary }): Discovery[] => {
        // It has no istiod: the one that serves it discovers.
        if (primary !== undefined) return [];
        const found = surveys.find(({ cluster }) => cluster === from)?.found;
        const peers = peersOf(declared, from);
        const strangers = (found?.remotes ?? []).filter(({ clusterName }) =>
            peers.every((peer) => peer.clusterName !== clusterName),
        );
        return [
            ...peers.flatMap(({ name: to, clusterName, primary: serving }): Discovery[] => {
                const remote = found?.remotes.find((each) => each.clusterName === clusterName);
                // It may be there all the same.
                if (remote === undefined && found !== undefined && found.unseen.length > 0) return [];
                const status = found && statusOf(found, clusterName);
                const standing = remote === undefined ? "not there" : status === "synced" ? "as declared" : "different";
                return [
                    {
                        from,
                        to,
                        ...(serving === reader ? { serves: true as const } : {}),
                        standing,
                        ...(remote && serverOf(remote)),
                        ...(status === undefined ? {} : { status }),
                    },
                ];
            }),
            ...strangers.map((stranger): Discovery => {
                const { clusterName } = stranger;
                const to = declared.clusters.find((each) => each.clusterName === clusterName)?.name ?? clusterName;
                return { from, to, ...serverOf(stranger), standing: "not declared" };
            }),
        ];
    });
}

/** Empty where the Secret cannot be read. */
const serverOf = (remote: Remote) => ("unreadable" in remote ? {} : { server: remote.server });

/** `synced` when all replicas of istiod are. */
function statusOf({ istiods }: Found, clusterName: string): string | undefined {
    const statuses = istiods.map(({ clusters }) => clusters.find(({ id }) => id === clusterName)?.syncStatus);
    return statuses.find((status) => status !== "synced") ?? statuses[0];
}

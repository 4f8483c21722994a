/** Follows one request through the mesh, hop by hop, and says where it ends. Only reads. */
import { onNetworkOf } from "../mesh";
import type { MeshView } from "../observe";
import type { Asked } from "./asked";
import { walkClient } from "./clientSide";
import { walkDestination } from "./destination";
import { walkDiscovery } from "./discovery";
import type { Hop } from "./hop";

export { type Asked, askedFor, readAsked } from "./asked";
export type { Culprit, Hop } from "./hop";

/** @returns The hops in the order of the request; nothing follows one at which it ends, but what other clusters answer. */
export async function explain(view: MeshView, asked: Asked): Promise<Hop[]> {
    const { hops, leaves } = await walkClient(view, asked);
    if (leaves === undefined) return [...hops];
    const near = onNetworkOf(view.mesh, asked.cluster).map(({ name }) => name);
    // A VirtualService may send it to another Service than the one that was asked for.
    const sent = { ...asked, service: leaves.service };
    const endpoints = await walkDiscovery(view, sent, leaves);
    const beyond = await Promise.all(
        endpoints.clusters.map((target) =>
            walkDestination(target, sent, { ...leaves, isNear: near.includes(target.declared.name) }),
        ),
    );
    return [...hops, ...endpoints.hops, ...beyond.flat()];
}

/** Of hops at which a request ends: why, and what to change, each once. */
export function causesOf(hops: readonly Hop[]): { readonly cause: string; readonly fix: string } | undefined {
    const causes = hops.flatMap(({ state, cause, fix }) => (state === "ends" && cause && fix ? [{ cause, fix }] : []));
    if (causes.length === 0) return undefined;
    const lines = (of: (each: (typeof causes)[number]) => string): string => [...new Set(causes.map(of))].join("\n");
    return { cause: lines(({ cause }) => cause), fix: lines(({ fix }) => fix) };
}

/** The form of a check that needs the probe's workloads: as any other, it observes, then judges. */
import type { Action, Outcome } from "./pods/protocol";
import { conclude, type Check, type CheckDefinition, type Part } from "../check";
import type { GatewayAddress, MeshCluster } from "../mesh";
import type { MeshView } from "../observe";
import type { Role } from "./manifests";
import type { ProbeSite } from "./site";

/** Clusters whose pods come or go at one time: all of them together may wait for one machine, and run into limits there. */
export const AT_A_TIME = 4;

/** The probe's workloads in all clusters. */
export interface Probe {
    readonly namespace: string;
    /** Names of all clusters, in the mesh's order. */
    readonly clusters: readonly string[];
    readonly sites: readonly ProbeSite[];
}

/** What is asked of a site to know whom it may reach. */
type Peer = Pick<ProbeSite, "name"> & { readonly declared: Pick<MeshCluster, "peers"> };

/** From one cluster to another. */
export interface Pair<Site = ProbeSite> {
    readonly from: Site;
    readonly to: Site;
}

export interface ProbeCheckDefinition<Observed> extends Pick<CheckDefinition<Observed>, "id" | "group" | "proves"> {
    /** Why the check does not apply to this mesh; undefined when it does. */
    skip?(probe: Probe): string | undefined;
    observe(probe: Probe, view: MeshView): Promise<Observed>;
    judge(observed: Observed): readonly Part[];
}

export interface ProbeCheck<Observed> extends ProbeCheckDefinition<Observed> {
    /** The check, on workloads that are there. */
    of(probe: Probe): Check;
}

export function defineProbeCheck<Observed>(definition: ProbeCheckDefinition<Observed>): ProbeCheck<Observed> {
    const { id, group, proves } = definition;
    return {
        ...definition,
        of: (probe) => ({
            id,
            group,
            proves,
            run: async (view) => {
                const reason = definition.skip?.(probe);
                return reason === undefined
                    ? conclude(definition.judge(await definition.observe(probe, view)), view.mesh)
                    : { result: "skipped", seen: [reason] };
            },
        }),
    };
}

/** Where clients of a cluster are to get an answer: from itself, and from the clusters that it discovers. */
export function targets<Site extends Peer>({ sites }: { readonly sites: readonly Site[] }, from: Site): Site[] {
    const { peers } = from.declared;
    return sites.filter((to) => to === from || peers === undefined || peers.includes(to.name));
}

/** The cluster that takes over from each that discovers another one: the next in the mesh's order. */
export function backups(probe: { readonly sites: readonly Peer[] }): Record<string, string> {
    const { sites } = probe;
    return Object.fromEntries(
        sites.flatMap((site, index) => {
            const inTurn = [...sites.slice(index + 1), ...sites.slice(0, index)];
            const backup = inTurn.find((other) => targets(probe, site).includes(other));
            return backup === undefined ? [] : [[site.name, backup.name]];
        }),
    );
}

/** Every cluster with each that its clients are to get an answer from. */
export function reachable<Site extends Peer>(probe: { readonly sites: readonly Site[] }): Pair<Site>[] {
    return probe.sites.flatMap((from) => targets(probe, from).map((to) => ({ from, to })));
}

/** Every cluster with every other one that it discovers. */
export function pairs<Site extends Peer>(probe: { readonly sites: readonly Site[] }): Pair<Site>[] {
    return reachable(probe).filter(({ from, to }) => from !== to);
}

/** Whether the pods of two clusters reach each other directly. */
export function isNear({ from, to }: Pair): boolean {
    return from.declared.network === to.declared.network;
}

/** Every cluster with every other one that it discovers, and reaches through gateways only. */
export function crossings(probe: Probe): Pair[] {
    return pairs(probe).filter((pair) => !isNear(pair));
}

/** Why there is nothing to be asked of gateways; undefined where there is. */
export function withoutCrossings(probe: Probe): string | undefined {
    return crossings(probe).length === 0 ? "no cluster discovers one on another network" : undefined;
}

/** Pairs by whether the other cluster has an east-west gateway that can be dialled. */
export function byGateway(all: readonly Pair[]): {
    readonly dialled: readonly (Pair & { readonly gateway: GatewayAddress })[];
    readonly missing: readonly { readonly from: string; readonly to: string }[];
} {
    return {
        dialled: all.flatMap((pair) => {
            const gateway = pair.to.declared.eastWestGateway;
            return gateway === undefined ? [] : [{ ...pair, gateway }];
        }),
        missing: all
            .filter(({ to }) => to.declared.eastWestGateway === undefined)
            .map(({ from, to }) => ({ from: from.name, to: to.name })),
    };
}

/**
 * Has a pod of each cluster do one thing for each other cluster, all of them at once: a request to a pod costs its API
 * server more than what the pod then does.
 */
export async function askFor<Asked extends Pair>(
    asked: readonly Asked[],
    role: Role,
    action: (pair: Asked) => Action,
): Promise<(Asked & { readonly outcome: Outcome })[]> {
    const sites = [...new Set(asked.map(({ from }) => from))];
    const rows = sites.map(async (site) => {
        const row = asked.filter(({ from }) => from === site);
        const outcomes = await site.ask(role, row.map(action));
        return outcomes.flatMap((outcome, index) => {
            const pair = row[index];
            return pair === undefined ? [] : [{ ...pair, outcome }];
        });
    });
    return (await Promise.all(rows)).flat();
}

/** The form of a check that needs the probe's workloads: as any other, it observes, then judges. */
import { conclude, type Check, type CheckDefinition, type Part } from "../check";
import type { ProbeSite } from "./site";

/** The probe's workloads in all clusters. */
export interface Probe {
    readonly namespace: string;
    /** Names of all clusters, in the mesh's order. */
    readonly clusters: readonly string[];
    readonly sites: readonly ProbeSite[];
}

/** From one cluster to another. */
export interface Pair {
    readonly from: ProbeSite;
    readonly to: ProbeSite;
}

export interface ProbeCheckDefinition<Observed> extends Pick<CheckDefinition<Observed>, "id" | "group" | "proves"> {
    /** Why the check does not apply to this mesh; undefined when it does. */
    skip?(probe: Probe): string | undefined;
    observe(probe: Probe): Promise<Observed>;
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
            run: async () => {
                const reason = definition.skip?.(probe);
                return reason === undefined
                    ? conclude(definition.judge(await definition.observe(probe)))
                    : { result: "skipped", seen: [reason] };
            },
        }),
    };
}

/** Every cluster with every other one. */
export function pairs({ sites }: Probe): Pair[] {
    return sites.flatMap((from) => sites.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** What the files of a stack say that the commands need to know before its program runs. */
import path from "node:path";
import { z } from "zod";
import { readProject, readStackSettings } from "../embedded/host/project";
import type { Session } from "./session";

const sources = z.record(z.string(), z.object({ source: z.string() }));
const topology = z.object({ clusters: z.array(z.object({ name: z.string(), network: z.string().optional() })) });

export interface StackFacts {
    /** Full key of the configuration of Istio's charts, e.g. `istio-multicluster:charts`. */
    readonly chartsKey: string;
    /** Whether it has clusters of this machine and names no charts: then it gets those of the toolchain. */
    readonly usesLocalCharts: boolean;
    /** Istio's networks by the clusters' short names. */
    readonly networks: ReadonlyMap<string, string>;
}

/**
 * What is malformed here counts as not there: the program itself reports it, with everything else that is wrong.
 * @throws ProblemsError when Pulumi.yaml or the stack's file cannot be read at all.
 */
export async function readStackFacts(folder: string, stack: string): Promise<StackFacts> {
    const project = await readProject(folder);
    const settings = await readStackSettings(project, stack);
    const value = (key: string): unknown => {
        const full = `${project.name}:${key}`;
        const declared = project.declarations.get(full);
        return settings.config.get(full) ?? declared?.value ?? declared?.default;
    };
    const clusters = sources.safeParse(value("clusters")).data ?? {};
    const mesh = topology.safeParse(value("mesh")).data ?? { clusters: [] };
    return {
        chartsKey: `${project.name}:charts`,
        usesLocalCharts:
            value("charts") === undefined && Object.values(clusters).some(({ source }) => source === "kind"),
        networks: new Map(mesh.clusters.map(({ name, network }) => [name, network ?? `${name}-network`])),
    };
}

/** Link to the toolchain's charts: a path that stays the same when the toolchain changes, and in every checkout. */
export function chartsLink({ home }: Pick<Session, "home">): string {
    return path.join(home, "charts");
}

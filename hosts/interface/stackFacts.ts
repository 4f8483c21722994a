/** What the files of a stack say that the commands need to know before its program runs. */
import { z } from "zod";
import { readProject, readStackSettings } from "./project";
import type { Generations, Rotated } from "../../shared/rotation";
import { type ClusterIdentity, clustersOf, type Topology, topologySchema } from "../../shared/topology";

const source = z.object({
    source: z.string(),
    loadBalancer: z.string().optional(),
    // A secret is an object here.
    kubeconfig: z.unknown().optional(),
    kubeconfigFile: z.string().optional(),
    context: z.string().optional(),
    apiServer: z.string().optional(),
});
const given = z.object({
    root: z.string().exactOptional(),
    certificates: z.record(z.string(), z.string()).default({}),
});
const sources = z.record(z.string(), source);
export type SourceFacts = z.infer<typeof source>;
export interface StackFacts {
    /** Whether there is a file Pulumi.<stack>.yaml. */
    readonly exists: boolean;
    /** Other projects of which the file has settings; keys of providers (`kubernetes:…`) look the same. */
    readonly foreign: readonly string[];
    /** Full key of the settings of Istio, e.g. `istio-multicluster:istio`, and what the files say there. */
    readonly istio: { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
    /** Whether it has clusters of this machine and names no charts: then it gets those of the toolchain. */
    readonly usesLocalCharts: boolean;
    /** Short names of the clusters that are to have a load balancer installed. */
    readonly withLoadBalancer: readonly string[];
    /** Short names of its own clusters. */
    readonly clusters: readonly string[];
    /** Where these come from, by their short names. */
    readonly sources: Readonly<Record<string, SourceFacts>>;
    /** Short names of the clusters that istiods of its own clusters read. */
    readonly peers: readonly string[];
    readonly ownsRoot: boolean;
    /** Setting `givenIntermediates`: its full key, and what the files say there; no value where they say nothing. */
    readonly givenIntermediates: { readonly key: string; readonly value?: z.infer<typeof given> };
    /** Settings that list generations: their full keys, and what the files say there. */
    readonly rotated: Readonly<Record<Rotated, { readonly key: string; readonly value: Generations }>>;
    /** The clusters of the mesh. */
    readonly topology: readonly ClusterIdentity[];
    /** The whole of the setting `mesh`, defaults filled in. */
    readonly mesh: Topology | undefined;
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
        return decoded(settings.config.get(full) ?? declared?.value ?? declared?.default);
    };
    const generations = (key: Rotated) => ({
        key: `${project.name}:${key}`,
        value: z.array(z.number()).safeParse(value(key)).data ?? [1],
    });
    const offline = given.safeParse(value("givenIntermediates")).data;
    const ownSettings = [...settings.config.keys()].some((key) => key.startsWith(`${project.name}:`));
    const own = sources.safeParse(value("clusters")).data ?? {};
    const istio = z.record(z.string(), z.unknown()).safeParse(value("istio")).data ?? {};
    const mesh = topologySchema.safeParse(value("mesh")).data;
    const clusters = mesh === undefined ? [] : clustersOf(mesh);
    return {
        exists: settings.exists,
        foreign: ownSettings ? [] : [...new Set([...settings.config.keys()].map((key) => key.replace(/:.*/, "")))],
        istio: { key: `${project.name}:istio`, value: istio },
        usesLocalCharts: istio["charts"] === undefined && Object.values(own).some(({ source }) => source === "kind"),
        withLoadBalancer: Object.keys(own).filter((name) => own[name]?.loadBalancer !== undefined),
        clusters: Object.keys(own),
        sources: own,
        peers: clusters.flatMap(({ name, peers, primary }) => (name in own && primary === undefined ? peers : [])),
        ownsRoot: value("ownsRoot") === true,
        givenIntermediates: {
            key: `${project.name}:givenIntermediates`,
            ...(offline === undefined ? {} : { value: offline }),
        },
        rotated: { roots: generations("roots"), readerTokens: generations("readerTokens") },
        topology: clusters,
        mesh,
    };
}

/** A value as the program reads it: `pulumi config set` and `pulumi stack init` write `true` and lists as strings. */
function decoded(value: unknown): unknown {
    if (typeof value !== "string") return value;
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

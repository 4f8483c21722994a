/** What a command looks at: the mesh of stacks, or clusters that the contexts of a kubeconfig name. */
import { readFileSync } from "node:fs";
import { identityOf } from "../../program/clusters/identity";
import { readExisting } from "../../program/config/existing";
import { contextOf, type Kubeconfig, KubeconfigError, refusalOf, writeKubeconfig } from "../../shared/kubeconfig";
import { type Problem, ProblemsError } from "../../shared/problems";
import { externalClustersOf } from "../../shared/topology";
import type { DeclaredMesh, Mesh, MeshCluster } from "../../verify";
import { type DeclaredPeers, meshOfSurveys, survey, type Survey, withExternals } from "../../verify/survey";
import { type Access, accessOf, outputsOf } from "../../hosts/interface/deployment";
import type { HostName } from "../../hosts/interface/host";
import { readKubeconfigs } from "./kubeconfigs";
import { meshOfStates } from "./ofStacks";
import type { Session } from "../session";
import type { SourceFacts } from "../../hosts/interface/stackFacts";
import { readStacks } from "../stacks/together";

export interface StacksTarget {
    readonly stacks: readonly string[];
    readonly host?: HostName;
}

/** Clusters of whatever maker: how they should be is taken from themselves. */
export interface ContextsTarget {
    /** File; default that of kubectl. */
    readonly kubeconfig?: string;
    /** Default all that the kubeconfig has. */
    readonly contexts?: readonly string[];
    /** Who discovers whom; default all that are of one mesh each other. */
    readonly peers?: DeclaredPeers;
}

export type Target = StacksTarget | ContextsTarget;

/** The mesh that stacks have built together, or that clusters are by their own word. */
export async function meshOf(session: Session, target: Target, signal?: AbortSignal): Promise<Mesh> {
    return "stacks" in target ? meshOfStates(await statesOf(session, target)) : (await discover(target, signal)).mesh;
}

export interface DeclaredAndFound {
    readonly declared: DeclaredMesh;
    readonly surveys: readonly Survey[];
}

/** What is declared, by stacks' files also of what is not up yet, and what was found. */
export async function declaredAndFound(session: Session, target: Target): Promise<DeclaredAndFound> {
    if (!("stacks" in target)) {
        const { mesh, surveys } = await discover(target);
        return { declared: mesh, surveys };
    }
    const facts = await readStacks(session, target.stacks);
    const states = await statesOf(session, target);
    const up = new Map([...states].filter(([, resources]) => "clusters" in outputsOf(resources)));
    const built: Mesh = up.size === 0 ? { clusters: [] } : meshOfStates(up);
    const own = new Set([...facts.values()].flatMap(({ clusters }) => clusters));
    const topology = ([...facts.values()][0]?.topology ?? []).filter(({ name }) => own.has(name));
    const clusters = topology.map(({ name, clusterName, network, peers, primary, external }) => {
        const { eastWestGateway, ingressAddress } = built.clusters.find((cluster) => cluster.name === name) ?? {};
        return {
            name,
            clusterName,
            network,
            peers,
            ...(primary && { primary: primary.clusterName }),
            ...(external === undefined ? {} : { external: { name: external } }),
            ...(eastWestGateway === undefined ? {} : { eastWestGateway }),
            ...(ingressAddress === undefined ? {} : { ingressAddress }),
        };
    });
    return { declared: { ...built, clusters }, surveys: await survey(built) };
}

/** Clusters as they are before an `up`, and in words those that cannot be looked at yet. */
export async function clustersBeforeUp(
    session: Session,
    target: Target,
): Promise<{ readonly mesh: Mesh; readonly unseen: readonly string[] }> {
    if (!("stacks" in target)) {
        return { mesh: await meshOf(session, target), unseen: [] };
    }
    const facts = await readStacks(session, target.stacks);
    const states = [...(await statesOf(session, target)).values()];
    const recorded = new Map(states.flatMap((state) => [...accessOf(state)]));
    const isMade = (cluster: string): boolean =>
        states.some((state) => state.some(({ name }) => name.startsWith(`${cluster}-control-plane`)));
    const clusters: MeshCluster[] = [];
    const unseen: string[] = [];
    const problems: Problem[] = [];
    for (const { sources, topology } of facts.values()) {
        const members = topology.map(({ name, clusterName, network, peers, primary }) => ({
            ...{ name, clusterName, network, peers },
            ...(primary && { primary: primary.clusterName }),
        }));
        // An istiod outside reads what that of a member would; no pod of the mesh runs there, so it is on no network.
        const externals = externalClustersOf(topology).map(({ name, of: { name: config, clusterName, peers } }) => ({
            ...{ name, clusterName, network: "", peers: [config, ...peers] },
            isOutside: true as const,
        }));
        for (const declared of [...members, ...externals].filter((cluster) => cluster.name in sources)) {
            const { name } = declared;
            const source = sources[name];
            const before = recorded.get(name);
            // The file's, since an `up` goes there: it may name another cluster than the last one did.
            const given = givenAccess(name, source);
            const known = typeof given === "string" ? (before ?? given) : given;
            if (typeof known === "string") unseen.push(`${name}: ${known}`);
            else if ("rule" in known) problems.push(known);
            else
                clusters.push({
                    ...declared,
                    begun: isMade(name) && before !== undefined && isSameCluster(name, before, known),
                    ...known,
                    ...(source?.apiServer && { apiServer: source.apiServer }),
                });
        }
    }
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
    const declared = [...facts.values()][0]?.mesh;
    return { mesh: { ...(declared && { meshId: declared.id, trustDomain: declared.trustDomain }), clusters }, unseen };
}

function isSameCluster(name: string, one: Access, other: Access): boolean {
    const identity = identityOf(name, one.kubeconfig, one.context, undefined);
    return identityOf(name, other.kubeconfig, other.context, identity).id === identity.id;
}

/** What a stack's file says of the way into a cluster that exists; in words why it says nothing. */
function givenAccess(name: string, source: SourceFacts | undefined): Access | Problem | string {
    if (source?.source !== "existing") {
        return "its stack makes it";
    }
    const { kubeconfig, kubeconfigFile, context, apiServer } = source;
    if (kubeconfigFile === undefined && typeof kubeconfig !== "string") {
        return "its kubeconfig is a secret of the stack, which is not up: name its context with --contexts";
    }
    const text = typeof kubeconfig === "string" ? { kubeconfig } : {};
    const readFile = (file: string): string => readFileSync(file, "utf8");
    const existing = { ...text, kubeconfigFile, context, apiServer };
    const found = readExisting(`clusters.${name}`, existing, readFile);
    return "rule" in found ? found : { kubeconfig: found.kubeconfig, ...(context === undefined ? {} : { context }) };
}

async function statesOf(session: Session, { stacks, host: asked }: StacksTarget) {
    // Loaded here, since the published command has neither hosts nor stacks.
    const { hostFor } = await import("../../hosts/index.js");
    const host = await hostFor(session, stacks, asked);
    return new Map(await Promise.all(stacks.map(async (stack) => [stack, await host.state(stack)] as const)));
}

async function discover(
    target: ContextsTarget,
    signal?: AbortSignal,
): Promise<{ readonly mesh: Mesh; readonly surveys: readonly Survey[] }> {
    const asked = clustersOf(target);
    const first = await survey({ clusters: asked }, signal);
    const clusters = withExternals(asked, first);
    const surveys = clusters.length === asked.length ? first : await survey({ clusters }, signal);
    return { mesh: meshOfSurveys(clusters, surveys, target.peers), surveys };
}

/** @throws ProblemsError for a kubeconfig that cannot be read, and contexts that it does not have or that lead nowhere. */
function clustersOf({ kubeconfig: file, contexts }: ContextsTarget): MeshCluster[] {
    const found = kubeconfigOf(file);
    const known = found.contexts.map(({ name }) => name);
    const judged = (contexts ?? known).map((name) => {
        const rule = known.includes(name) ? undefined : "the kubeconfig has no such context";
        const fix = `It has ${known.join(", ") || "none"}.`;
        return rule === undefined ? clusterOf(found, name) : { subject: "contexts", value: name, rule, fix };
    });
    const problems = judged.filter((each) => "rule" in each);
    if (problems.length > 0) throw new ProblemsError(problems);
    return judged.filter((each) => "kubeconfig" in each);
}

/** Until it is read, a cluster is called by its context in all respects. */
function clusterOf(kubeconfig: Kubeconfig, name: string): MeshCluster | Problem {
    const at = { subject: "contexts", value: name, fix: "Correct it, or name others with --contexts." };
    try {
        const context = contextOf(kubeconfig, name);
        const rule = refusalOf(context);
        if (rule !== undefined) return { ...at, rule };
        const text = writeKubeconfig(name, context.cluster, context.user);
        return { name, clusterName: name, network: "", kubeconfig: text };
    } catch (error) {
        if (error instanceof KubeconfigError) return { ...at, rule: error.message };
        throw error;
    }
}

/** @throws ProblemsError that quotes nothing of a file. */
function kubeconfigOf(file: string | undefined): Kubeconfig {
    let found: Kubeconfig | undefined;
    try {
        found = readKubeconfigs(file);
    } catch (error) {
        const rule = `cannot be read (${error instanceof Error ? error.message : String(error)})`;
        throw new ProblemsError([{ subject: "kubeconfig", value: file ?? "", rule, fix: "Name another file." }]);
    }
    if (found === undefined) {
        const rule = "there is none: KUBECONFIG is not set, and ~/.kube/config does not exist";
        throw new ProblemsError([{ subject: "kubeconfig", rule, fix: "Name a file with --kubeconfig." }]);
    }
    return found;
}

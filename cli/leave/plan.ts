/** What leaves with a cluster, and what keeps it from leaving. */
import { type Problem, ProblemsError } from "../../shared/problems";
import { type ClusterIdentity, clustersOf } from "../../shared/topology";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import { leavingProblems } from "../../program/config/rules";
import type { OnlyThere } from "../../verify/leaving";

export interface Plan {
    readonly cluster: ClusterIdentity;
    /** The stack that owns it. */
    readonly owner: string;
    /** The stacks that stay: without its own, where that has nothing else. */
    readonly remaining: readonly string[];
    /** Its name in `clusters` of its stack and, where its istiod runs outside of it, that cluster's. */
    readonly sources: readonly string[];
}

/** @param answers Whether the cluster still works. @throws ProblemsError with everything that keeps it from leaving. */
export function planOf(facts: ReadonlyMap<string, StackFacts>, name: string, answers: boolean): Plan {
    const topology = [...facts.values()][0]?.topology ?? [];
    const cluster = topology.find((each) => each.name === name);
    if (cluster === undefined) {
        const fix = `It has ${topology.map((each) => each.name).join(", ")}. If it was taken out already, \`up\` ends what is left.`;
        throw new ProblemsError([
            { subject: "cluster", value: name, rule: "the mesh has no cluster of this name", fix },
        ]);
    }
    const owner = [...facts].find(([, { clusters }]) => clusters.includes(name))?.[0];
    const problems = [
        // Where nothing runs any more, nothing has to be served to the end.
        ...(cluster.primary !== undefined && !answers ? [] : leavingProblems("cluster", name, topology)),
        ...(topology.length > 1 ? [] : [lastProblem(name)]),
        ...absentProblems(facts, cluster),
    ];
    if (owner === undefined || problems.length > 0) throw new ProblemsError(problems);
    const sources = [name, ...(cluster.external === undefined ? [] : [cluster.external])];
    const own = facts.get(owner);
    const isAll = own?.ownsRoot === false && own.clusters.every((each) => sources.includes(each));
    return { cluster, owner, sources, remaining: [...facts.keys()].filter((stack) => stack !== owner || !isAll) };
}

function lastProblem(name: string): Problem {
    const rule = "it is the only cluster of the mesh";
    return { subject: "cluster", value: name, rule, fix: "`destroy` removes a whole mesh." };
}

/** Its own stack takes it out, those of its peers stop discovering it, and that of the root signs for it no more. */
function absentProblems(facts: ReadonlyMap<string, StackFacts>, { name }: ClusterIdentity): Problem[] {
    const all = [...facts.values()];
    const owned = all.flatMap(({ clusters }) => clusters);
    const { clusters = [], rootStack = "" } = all[0]?.mesh ?? {};
    // Who discovered it before it began to leave: a run that stopped may have come to some of them only.
    const before = clustersOf({ clusters: clusters.map((each) => ({ ...each, leaving: false })) });
    const absent = before
        .filter((each) => each.name === name || each.peers.includes(name))
        .filter((each) => !owned.includes(each.name));
    const isSigned = all.some(({ ownsRoot, givenIntermediates }) => ownsRoot || givenIntermediates.value !== undefined);
    const stacks = [...new Set([...absent.map(({ stack }) => stack), ...(isSigned ? [] : [rootStack])])];
    const rule = "other stacks have something of this cluster as well";
    const fix = `Name ${stacks.join(" and ")}, too.`;
    return stacks.length === 0 ? [] : [{ subject: "stacks", value: [...facts.keys()].join(" "), rule, fix }];
}

/** @throws ProblemsError for Services that nobody would answer any more. */
export function refuseNeeded(cluster: string, services: readonly OnlyThere[]): void {
    const problems = services.map(({ service, callers }): Problem => {
        const rule = `only ${cluster} answers it, and ${callers.join(", ")} would be left with nobody who does`;
        const fix = `Run it in another cluster, too, or delete its Service in ${callers.join(" and ")}.`;
        return { subject: `Service ${service}`, rule, fix };
    });
    if (problems.length > 0) throw new ProblemsError(problems);
}

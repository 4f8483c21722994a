/** What only shows when stacks are seen together: who owns what, and whether all mean one mesh. */
import { isDeepStrictEqual } from "node:util";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Session } from "../session";
import { readStackFacts, type StackFacts } from "../../hosts/interface/stackFacts";
import { externalClustersOf } from "../../shared/topology";

/**
 * The files of the stacks that a command is about.
 *
 * @throws ProblemsError with everything that is wrong with them together; nothing was run.
 */
export async function readStacks(
    { folder }: Pick<Session, "folder">,
    stacks: readonly string[],
): Promise<ReadonlyMap<string, StackFacts>> {
    const facts = new Map(
        await Promise.all(stacks.map(async (stack) => [stack, await readStackFacts(folder, stack)] as const)),
    );
    const owners = [...new Set([...facts.values()].flatMap(({ topology }) => topology.map(({ stack }) => stack)))];
    const elsewhere = await Promise.all(
        owners
            .filter((stack) => !facts.has(stack))
            .map(async (stack) => [stack, await readStackFacts(folder, stack)] as const),
    );
    const problems = stackProblems(facts, new Map(elsewhere));
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
    return facts;
}

/**
 * What keeps stacks from coming up: clusters that another stack, which is up, owns.
 *
 * @throws ProblemsError with all of them; nothing was run.
 */
export async function refuseTaken(
    { folder }: Pick<Session, "folder">,
    facts: ReadonlyMap<string, StackFacts>,
    up: readonly string[],
): Promise<void> {
    const others = up.filter((stack) => !facts.has(stack));
    const known = await Promise.all(others.map(async (stack) => [stack, await readStackFacts(folder, stack)] as const));
    const problems = takenProblems(facts, new Map(known));
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

/** @param up Stacks that are up and are not among `facts`. */
export function takenProblems(facts: ReadonlyMap<string, StackFacts>, up: ReadonlyMap<string, StackFacts>): Problem[] {
    return [...facts].flatMap(([stack, { clusters }]) =>
        [...up].flatMap(([other, { clusters: taken }]) =>
            clusters
                .filter((cluster) => taken.includes(cluster))
                .map((cluster) => ({
                    subject: `cluster ${cluster}`,
                    value: stack,
                    rule: `stack ${other}, which is up, owns this cluster as well`,
                    fix: `Destroy stack ${other} first, or remove the cluster from one of the two files.`,
                })),
        ),
    );
}

/** @param elsewhere The stacks that the topology names and the command does not. */
export function stackProblems(
    facts: ReadonlyMap<string, StackFacts>,
    elsewhere: ReadonlyMap<string, StackFacts>,
): Problem[] {
    const problems: Problem[] = [];
    for (const [stack, { exists }] of facts) {
        if (!exists) {
            const fix = `Check its name, or write Pulumi.${stack}.yaml: it says which clusters are the stack's own.`;
            problems.push({ subject: "stack", value: stack, rule: "this project has no such stack", fix });
        }
    }
    for (const [stack, { foreign }] of facts) {
        if (foreign.length > 0) {
            const rule = "this is a stack of another project: its file has no setting of this one";
            const fix = `Name a stack of this project, or write \`clusters\` into Pulumi.${stack}.yaml.`;
            problems.push({ subject: `stack ${stack}`, value: foreign.join(", "), rule, fix });
        }
    }
    const [first, ...rest] = [...facts].filter(([, { exists }]) => exists);
    for (const [stack, { mesh }] of rest) {
        if (first !== undefined && !isDeepStrictEqual(mesh, first[1].mesh)) {
            const rule = `stacks ${first[0]} and ${stack} declare different meshes: \`mesh\` is not the same in both`;
            problems.push({ subject: `stack ${stack}: mesh`, rule, fix: "Write the topology once, in Pulumi.yaml." });
        }
    }
    const all = [...facts, ...elsewhere];
    for (const { name, stack } of first?.[1].topology ?? []) {
        const owners = [...facts].filter(([, { clusters }]) => clusters.includes(name)).map(([owner]) => owner);
        if (owners.length > 1) {
            const rule = "two stacks own this cluster, and each would undo what the other does";
            const fix = "Bring them up as different meshes, or remove the cluster from one of them.";
            problems.push({ subject: `cluster ${name}`, value: owners.join(", "), rule, fix });
        }
        if (!all.some(([, { clusters }]) => clusters.includes(name))) {
            const rule = `the topology has this cluster, and no stack owns it: Pulumi.${stack}.yaml does not name it in \`clusters\``;
            const fix = `Write it there, or remove the cluster from \`mesh.clusters\`.`;
            problems.push({ subject: `cluster ${name}`, rule, fix });
        }
    }
    for (const { name, of } of externalClustersOf(first?.[1].topology ?? [])) {
        if (!all.some(([, { clusters }]) => clusters.includes(name))) {
            const rule = `the istiod of ${of.name} is to run in it, and neither the mesh nor a stack has a cluster of this name`;
            const fix = `Name it in \`clusters\` of Pulumi.${of.stack}.yaml, or correct \`mesh.clusters[${of.position}].controlPlane\`.`;
            problems.push({ subject: `cluster ${name}`, rule, fix });
        }
    }
    return problems;
}

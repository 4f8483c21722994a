/** What a stack may own: clusters of the topology, and the root CA; and who else looks for it there. */
import type { Problem } from "../../shared/problems";
import { clustersOf, externalClustersOf } from "../../shared/topology";
import { known } from "./rules";
import type { Settings } from "./schema";

/** @param stack Name of the stack that runs. */
export function ownershipProblems(
    { mesh, clusters, ownsRoot, givenIntermediates }: Settings,
    stack: string,
): Problem[] {
    const all = clustersOf(mesh);
    const names = all.map((cluster) => cluster.name);
    const elsewhere = all.filter(({ name }) => !(name in clusters));
    const externals = externalClustersOf(all);
    const problems = known("clusters", Object.keys(clusters), [...names, ...externals.map(({ name }) => name)]);
    for (const { name, of } of externals.filter(
        (external) => external.name in clusters !== external.of.name in clusters,
    )) {
        const rule = `${name} is no cluster of the mesh, so it is one outside of it that runs the istiod of ${of.name}: one stack has both`;
        const fix = `Name both in \`clusters\`, or correct \`mesh.clusters[${of.position}].controlPlane\`.`;
        problems.push({ subject: `clusters.${name in clusters ? of.name : name}`, rule, fix });
    }
    if (Object.keys(clusters).length === 0 && !ownsRoot) {
        problems.push({
            subject: "clusters",
            rule: `stack ${stack} owns neither a cluster nor the root CA`,
            fix: `Name at least one of: ${names.join(", ")}; or set \`ownsRoot\`; or check the stack's name.`,
        });
    }
    for (const cluster of elsewhere.filter((other) => other.stack === stack)) {
        const rule = `the topology says that stack ${stack} owns this cluster, and \`clusters\` does not name it`;
        const fix = "Add it to `clusters`, or set `stack` of the cluster in `mesh.clusters` to the stack that owns it.";
        problems.push({ subject: `clusters.${cluster.name}`, rule, fix });
    }
    // One stack for all needs no name that others would look for.
    if (ownsRoot && elsewhere.length > 0 && mesh.rootStack !== stack) {
        const rule = `stack ${stack} owns the root CA, and the stacks of ${elsewhere.map(({ name }) => name).join(", ")} expect it here`;
        const fix = `Set \`mesh.rootStack\` to ${stack}, or remove \`ownsRoot\`.`;
        problems.push({ subject: "mesh.rootStack", value: mesh.rootStack, rule, fix });
    }
    if (givenIntermediates !== undefined && ownsRoot) {
        const rule = "this stack owns the root, and signs with it: no offline root signs for it";
        problems.push({ subject: "givenIntermediates", rule, fix: "Remove it, or `ownsRoot`." });
    }
    const given = Object.keys(givenIntermediates?.certificates ?? {});
    problems.push(...known("givenIntermediates.certificates", given, names));
    for (const { name, primary } of all.filter((cluster) => given.includes(cluster.name))) {
        if (primary === undefined) continue;
        const rule = `the istiod of ${primary.name} serves this cluster and signs for it: it has no authority of its own`;
        problems.push({ subject: `givenIntermediates.certificates.${name}`, rule, fix: "Remove it." });
    }
    if (!ownsRoot && givenIntermediates === undefined && mesh.rootStack === stack) {
        const rule = "the topology says that this stack owns the root CA";
        const fix = "Set `ownsRoot: true`, or `mesh.rootStack` to the stack that owns it.";
        problems.push({ subject: "ownsRoot", value: "false", rule, fix });
    }
    return problems;
}

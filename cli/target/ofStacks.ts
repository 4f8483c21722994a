/** Reads what the proof needs of a mesh from the states of its stacks. */
import { hasControlPlane, outputsSchema } from "../../shared/outputs";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Mesh } from "../../verify";
import { accessOf, outputsOf, type StateResource } from "../../hosts/interface/deployment";

/** The outputs of a stack that is up to its end: each of its clusters has a control plane. */
const wholeOutputs = outputsSchema
    .pick({ meshId: true, trustDomain: true, rootCertificate: true, clusters: true, services: true, request: true })
    .extend({ missing: outputsSchema.shape.missing.default([]) })
    .superRefine(({ clusters, missing }, context) => {
        for (const cluster of Object.values(clusters).filter((each) => !hasControlPlane(each, missing))) {
            context.addIssue({ code: "custom", path: ["clusters", cluster.name, "control plane"] });
        }
    });

/**
 * The mesh of all the stacks together.
 *
 * @param states The resources of each stack, by its name, with secrets in clear.
 * @throws ProblemsError for stacks whose last `up` did not come to its end, or that do not make a whole mesh.
 */
export function meshOfStates(states: ReadonlyMap<string, readonly StateResource[]>): Mesh {
    const problems: Problem[] = [];
    const parts = [...states].flatMap(([stack, resources]) => {
        const parsed = wholeOutputs.safeParse(outputsOf(resources));
        if (!parsed.success) {
            const missing = parsed.error.issues.map(({ path }) => path.join(".") || "outputs").join(", ");
            const rule = `its outputs do not describe a mesh yet (${missing})`;
            problems.push({ subject: `stack ${stack}`, rule, fix: `Run \`npm run mesh -- up ${stack}\` to its end.` });
            return [];
        }
        const access = accessOf(resources);
        const clusters = Object.values(parsed.data.clusters).flatMap((cluster) => {
            const found = access.get(cluster.name);
            const { external, ...declared } = cluster;
            const outside = external && access.get(external.cluster);
            return found === undefined
                ? []
                : [{ ...declared, ...found, ...(outside && { external: { name: external.cluster, ...outside } }) }];
        });
        const { meshId, trustDomain, rootCertificate, services, request } = parsed.data;
        const said = {
            meshId,
            trustDomain,
            ...(rootCertificate && { rootCertificate }),
            ...(services && { services }),
        };
        return [{ clusters, request, said }];
    });
    const clusters = parts.flatMap((part) => part.clusters);
    const request = parts.find((part) => part.request !== undefined)?.request;
    const absent = request?.answeredBy.filter((name) => !clusters.some((cluster) => cluster.name === name)) ?? [];
    if (absent.length > 0) {
        const rule = `clusters of other stacks belong to the mesh as well: ${absent.join(", ")}`;
        problems.push({ subject: "stacks", value: [...states.keys()].join(" "), rule, fix: "Name their stacks, too." });
    }
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
    // Stacks that differ here refuse each other already; the root's stack knows the root that they were signed by.
    const said = parts.reduce<Omit<Mesh, "clusters">>((known, part) => ({ ...known, ...part.said }), {});
    return { ...said, clusters, ...(request === undefined ? {} : { request }) };
}

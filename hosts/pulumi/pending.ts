/**
 * What an update that was killed left unsaid. Pulumi only knows that it had begun to create some resources, creates
 * them once more, and fails where Helm or the API server has them already. So what is there is taken over.
 * https://www.pulumi.com/docs/support/faq/#what-are-pending-operations
 */
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { type Problem, ProblemsError } from "../../shared/problems";
import { readSealedState, type SealedResource, type SealedState } from "./sealedState";

const metadata = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const inputs = z.union([z.object({ metadata }).transform((object) => object.metadata), metadata]);

/**
 * Makes objects that an earlier update was cut off in creating a part of the stack, where they are in their cluster.
 * @returns The state as it is then.
 */
export async function takeOverPending(
    stack: Stack,
    state: SealedState,
    write: (line: string) => void,
): Promise<SealedState> {
    const { deployment, ...rest } = state;
    const { resources, pending_operations: pending, ...others } = deployment;
    const known = new Set(resources?.map(({ urn }) => urn));
    const begun = (pending ?? []).filter(({ type, resource: { urn } }) => type === "creating" && !known.has(urn));
    const objects = begun.flatMap((operation) => object(operation.resource));
    if (objects.length === 0) return state;
    write(`An earlier update was cut off; this one continues from what exists of ${objects.length} objects.`);
    await stack.importStack({
        ...rest,
        deployment: { ...others, resources: [...(resources ?? []), ...objects] },
    });
    await stack.refresh({ target: objects.map(({ urn }) => urn) });
    const taken = await readSealedState(stack);
    const unfinished = taken.deployment.resources?.flatMap(unfinishedRelease) ?? [];
    if (unfinished.length > 0) throw new ProblemsError(unfinished);
    return taken;
}

/** Helm neither continues nor replaces a release whose installation was cut off. */
function unfinishedRelease(found: SealedResource): Problem[] {
    const release = unfinishedOutputs.safeParse(found["outputs"]).data;
    if (release === undefined || found.type !== "kubernetes:helm.sh/v3:Release") return [];
    const { name, namespace, status } = release;
    const rule = `Helm was cut off while it worked on it (${status.status})`;
    const fix = `Run \`helm uninstall ${name} --namespace ${namespace}\` in its cluster, then run this again.`;
    return [{ subject: `release ${found.urn.split("::").at(-1) ?? name}`, rule, fix }];
}

const unfinishedOutputs = z.object({
    name: z.string(),
    namespace: z.string(),
    status: z.object({ status: z.string().startsWith("pending-") }),
});

/** Kubernetes objects and Helm releases have their names for an id; others cannot be found again. */
function object(begun: SealedResource) {
    const named = inputs.safeParse(begun["inputs"]).data;
    if (named === undefined || !begun.type.startsWith("kubernetes:")) return [];
    const { namespace, name } = named;
    return [{ ...begun, id: namespace === undefined ? name : `${namespace}/${name}`, outputs: {} }];
}

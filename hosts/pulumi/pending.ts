/**
 * What an update that was killed left unsaid. Pulumi only knows that it had begun to create some resources, creates
 * them once more, and fails where Helm or the API server has them already. So what is there is taken over.
 * https://www.pulumi.com/docs/support/faq/#what-are-pending-operations
 */
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { type Problem, ProblemsError } from "../../shared/problems";
import { sealedState } from "./sealedState";

const metadata = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const inputs = z.union([z.object({ metadata }).transform((object) => object.metadata), metadata]);
const resource = z.looseObject({ urn: z.string(), type: z.string() });
const exported = z.looseObject({
    version: z.number(),
    deployment: z.looseObject({
        resources: z.array(resource).nullish(),
        pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
    }),
});

/** Makes objects that an earlier update was cut off in creating a part of the stack, where they are in their cluster. */
export async function takeOverPending(stack: Stack, write: (line: string) => void): Promise<void> {
    const read = async () => exported.parse(JSON.parse(await sealedState(stack)));
    const { deployment, ...rest } = await read();
    const { resources, pending_operations: pending, ...others } = deployment;
    const known = new Set(resources?.map(({ urn }) => urn));
    const begun = (pending ?? []).filter(({ type, resource: { urn } }) => type === "creating" && !known.has(urn));
    const objects = begun.flatMap((operation) => object(operation.resource));
    if (objects.length === 0) return;
    write(`An earlier update was cut off; this one continues from what exists of ${objects.length} objects.`);
    await stack.importStack({
        ...rest,
        deployment: { ...others, resources: [...(resources ?? []), ...objects] },
    });
    await stack.refresh({ target: objects.map(({ urn }) => urn) });
    const unfinished = (await read()).deployment.resources?.flatMap(unfinishedRelease) ?? [];
    if (unfinished.length > 0) throw new ProblemsError(unfinished);
}

/** Helm neither continues nor replaces a release whose installation was cut off. */
function unfinishedRelease(found: z.infer<typeof resource>): Problem[] {
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
function object(begun: z.infer<typeof resource>) {
    const named = inputs.safeParse(begun["inputs"]).data;
    if (named === undefined || !begun.type.startsWith("kubernetes:")) return [];
    const { namespace, name } = named;
    return [{ ...begun, id: namespace === undefined ? name : `${namespace}/${name}`, outputs: {} }];
}

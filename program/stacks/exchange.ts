/** What stacks of one mesh read of each other. Another stack's outputs are foreign input. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { outputsSchema } from "../../shared/outputs";
import type { Problem } from "../../shared/problems";

/** The outputs that other stacks read. */
const exchange = outputsSchema.pick({
    meshId: true,
    trustDomain: true,
    rootCertificate: true,
    roots: true,
    readerTokens: true,
    clusters: true,
    externals: true,
    requests: true,
    certificates: true,
    readers: true,
    missing: true,
});

/** What a stack gives the others. Kubeconfigs in `readers` are in clear: they must become secrets again. */
export type Exchange = z.infer<typeof exchange>;

/**
 * Reads a stack of this project, as its last `up` left it.
 *
 * @returns undefined for a stack that was never up or that was destroyed: those have no outputs.
 * @throws RunError, through the engine, for a stack that was never created.
 */
export async function readStack(stack: string): Promise<Exchange | Problem | undefined> {
    const reference = new pulumi.StackReference(stack, {
        name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`,
    });
    const outputs = await Promise.all(
        Object.keys(exchange.shape).map(async (name) => {
            const details: { value?: unknown; secretValue?: unknown } = await reference.getOutputDetails(name);
            return [name, details.value ?? details.secretValue] as const;
        }),
    );
    const present = outputs.filter(([, value]) => value !== undefined);
    return present.length === 0 ? undefined : parseExchange(stack, Object.fromEntries(present));
}

/** @returns a problem, which quotes no value, where the outputs are not those of a stack of this program. */
function parseExchange(stack: string, outputs: Readonly<Record<string, unknown>>): Exchange | Problem {
    const { data, error } = exchange.safeParse(outputs);
    if (data !== undefined) {
        return data;
    }
    const wrong = error.issues.map(({ path, message }) => `\`${path.join(".")}\`: ${message}`).join("; ");
    const rule = `its outputs are not those of this program (${wrong})`;
    return { subject: `stack ${stack}`, rule, fix: `Bring it up with this version of the program: up ${stack}.` };
}

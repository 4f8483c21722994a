/** Reads what the proof needs of a mesh from a stack's outputs. */
import { z } from "zod";
import { ProblemsError } from "../problems";
import type { Mesh } from "../verify";

/** The part of `outputs.ts` that the proof uses. */
const outputsSchema = z.object({
    clusters: z.record(
        z.string(),
        z.object({
            name: z.string(),
            clusterName: z.string(),
            network: z.string(),
            kubeconfig: z.string(),
            context: z.string().exactOptional(),
            eastWestGateway: z.object({ address: z.string(), port: z.number() }),
        }),
    ),
    request: z
        .object({
            through: z.string(),
            url: z.string(),
            host: z.string(),
            client: z.object({ namespace: z.string(), app: z.string() }),
            service: z.object({ namespace: z.string(), name: z.string(), port: z.number() }),
            answeredBy: z.array(z.string()),
        })
        .exactOptional(),
});

/**
 * @param outputs With secrets in clear.
 * @throws ProblemsError for a stack whose last `up` did not come to its end.
 */
export function meshOfOutputs(stack: string, outputs: unknown): Mesh {
    const parsed = outputsSchema.safeParse(outputs);
    if (!parsed.success) {
        const missing = parsed.error.issues.map(({ path }) => path.join(".") || "outputs").join(", ");
        throw new ProblemsError([
            {
                subject: `stack ${stack}`,
                rule: `its outputs do not describe a mesh yet (${missing})`,
                fix: `Run \`npm run mesh -- up ${stack}\` to its end.`,
            },
        ]);
    }
    const { clusters, request } = parsed.data;
    return { clusters: Object.values(clusters), ...(request === undefined ? {} : { request }) };
}

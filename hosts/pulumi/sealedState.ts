/** A stack's state with its secrets encrypted: the Automation API's own export has them in clear. */
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { run } from "../../shared/run";

const resource = z.looseObject({
    urn: z.string(),
    type: z.string(),
    id: z.string().optional(),
    provider: z.string().optional(),
    delete: z.boolean().optional(),
});
export type SealedResource = z.infer<typeof resource>;

const exported = z.looseObject({
    version: z.number(),
    deployment: z.looseObject({
        resources: z.array(resource).nullish(),
        pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
    }),
});
export type SealedState = z.infer<typeof exported>;

/** The same, as far as a repair has to know it; `importStack` takes it. */
export async function readSealedState(stack: Stack): Promise<SealedState> {
    return exported.parse(JSON.parse(await sealedState(stack)));
}

export async function sealedState({ name, workspace }: Stack): Promise<string> {
    const { pulumiCommand, pulumiHome, workDir, envVars } = workspace;
    const env = { ...envVars, ...(pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome }) };
    return await run(pulumiCommand.command, ["stack", "export", "--stack", name], { cwd: workDir, env });
}

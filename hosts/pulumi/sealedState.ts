/** A stack's state with its secrets encrypted: the Automation API's own export has them in clear. */
import type { Stack } from "@pulumi/pulumi/automation";
import { run } from "../../shared/run";

export async function sealedState({ name, workspace }: Stack): Promise<string> {
    const { pulumiCommand, pulumiHome, workDir, envVars } = workspace;
    const env = { ...envVars, ...(pulumiHome === undefined ? {} : { PULUMI_HOME: pulumiHome }) };
    return await run(pulumiCommand.command, ["stack", "export", "--stack", name], { cwd: workDir, env });
}

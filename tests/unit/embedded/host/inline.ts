/** Runs programs of these tests in the tests' own process, where starting one costs nothing. */
import { runtime } from "@pulumi/pulumi";
import type { HostOptions, Summary } from "../../../../embedded/host";
import type { Launch } from "../../../../embedded/host/protocol/program";
import { execute } from "../../../../embedded/host/run";

type Program = () => Promise<Record<string, unknown>>;

/**
 * `up` and `preview` of a program that succeeds, as the SDK's Automation API runs inline programs. One that fails
 * leaves rejections behind and needs a process of its own.
 */
export function inline(program: Program): Record<"up" | "preview", (options: HostOptions) => Promise<Summary>> {
    const launch: Launch = async ({ project, organization, stack, config, preview, parallel, monitor, engine }) => {
        runtime.resetOptions(project.name, stack, parallel, engine, monitor, preview, organization);
        runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);
        await runtime.runInPulumiStack(program);
        await runtime.disconnect(true);
        return 0;
    };
    return {
        up: (options) => execute("up", options, launch),
        preview: (options) => execute("preview", options, launch),
    };
}

/** A stack's state as `pulumi stack export --show-secrets` writes it, on either host. */
import { z } from "zod";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const deployment = z.object({
    deployment: z.object({
        resources: z
            .array(
                z.object({
                    urn: z.string(),
                    type: z.string(),
                    inputs: z.record(z.string(), z.unknown()).default({}),
                    outputs: z.record(z.string(), z.unknown()).default({}),
                    created: z.string().exactOptional(),
                    modified: z.string().exactOptional(),
                }),
            )
            .nullish()
            .transform((resources) => resources ?? []),
    }),
});

/** One resource of a stack; secrets are in clear. */
export interface StateResource {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, unknown>>;
    /** When it was made, and last changed, ISO 8601. */
    readonly created?: string;
    readonly modified?: string;
}

/** How a stack works on one of its clusters. */
export interface Access {
    /** Administrator's kubeconfig, YAML. Secret. */
    readonly kubeconfig: string;
    /** Context in it, where it is not the current one. */
    readonly context?: string;
}

/** @throws Error for a text that is no deployment. */
export function parseDeployment(text: string): StateResource[] {
    const { resources } = deployment.parse(JSON.parse(text, reveal)).deployment;
    return resources.map(({ urn, ...resource }) => ({ ...resource, name: urn.split("::").at(-1) ?? urn }));
}

/** What the stack's program exported with its last `up`; empty for a stack that was never up, or that was destroyed. */
export function outputsOf(resources: readonly StateResource[]): StateResource["outputs"] {
    return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

/**
 * Administrator's access to the stack's clusters, by their short names: what its providers use. It is no output of a stack,
 * since whoever reads one output of a stack records all of them.
 */
export function accessOf(resources: readonly StateResource[]): ReadonlyMap<string, Access> {
    const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    return new Map(
        providers.flatMap(({ name, inputs }) => {
            const access = accessInputs.safeParse(inputs).data;
            return access === undefined ? [] : [[name, access] as const];
        }),
    );
}

const accessInputs = z.object({ kubeconfig: z.string(), context: z.string().exactOptional() });

function reveal(_key: string, value: unknown): unknown {
    const isSecret = typeof value === "object" && value !== null && Reflect.get(value, SIGNATURE) === SECRET;
    const plaintext: unknown = isSecret ? Reflect.get(value, "plaintext") : undefined;
    return typeof plaintext === "string" ? JSON.parse(plaintext) : value;
}

/** Stacks root, west and east with mocks: each reads what the others exported. */
import { z } from "zod";
import { configuration, runProgram, type Settings } from "./program";
import type { Around, Recording } from "./record";

export type Outputs = Record<string, unknown>;

const outputs = z.record(z.string(), z.unknown());

/** Keys and certificates by what was asked for, so that a stack has the same ones in every run, as in a real state. */
const kept = new Map<string, object>();

/** One stack's run, after which the next ones read its outputs from `siblings`. */
export async function run(
    stack: string,
    siblings: Record<string, Outputs>,
    changes: Settings = {},
    { preview = false }: Around = {},
): Promise<Recording<Outputs>> {
    const settings = { ...configuration(`Pulumi.${stack}.yaml`), ...changes };
    const recording = await runProgram(settings, { stack, siblings, preview, kept });
    const value = outputs.parse(recording.value);
    if (!preview) siblings[stack] = value;
    return { ...recording, value };
}

/** Stacks that were created and never up. */
export function created(): Record<string, Outputs> {
    return { root: {}, west: {}, east: {} };
}

/** Stacks after all passes. */
export async function whole(): Promise<Record<string, Outputs>> {
    const siblings = created();
    for (const stack of ["west", "east", "root", "west", "east", "west"]) await run(stack, siblings);
    return siblings;
}

/** `cluster what` of everything that a stack misses. */
export function missing(value: Outputs): string[] {
    const list = z
        .array(z.object({ cluster: z.string(), what: z.string(), stack: z.string() }))
        .parse(value["missing"]);
    return list.map(({ cluster, what, stack }) => `${what} of ${cluster} from ${stack}`);
}

/** What a steady client of a mesh sees while something happens to it. */
import { z } from "zod";
import { Load, type Seen } from "../../verify/drill/load";

/** The request by which a stack is proved, as its outputs have it. */
const outputs = z.object({ request: z.object({ url: z.string(), host: z.string() }) });

export interface Target {
    readonly url: string;
    readonly host: string;
}

export function targetOf(printed: string): Target {
    return outputs.parse(JSON.parse(printed)).request;
}

/** Asks 50 times a second, and prints what it saw. @throws Error of `work`. */
export async function underLoad({ url, host }: Target, what: string, work: () => Promise<unknown>): Promise<Seen> {
    const load = new Load(url, host);
    await work().finally(() => load.stop());
    const seen = await load.stop();
    console.log(`      ${what}: ${JSON.stringify(seen)}`);
    return seen;
}

/** What a steady client of a mesh sees while something happens to it. */
import { appendFileSync } from "node:fs";
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

/** Asks 50 times a second, prints what it saw, and adds it to the file that LOADS names. @throws Error of `work`. */
export async function underLoad({ url, host }: Target, what: string, work: () => Promise<unknown>): Promise<Seen> {
    const load = new Load(url, host);
    try {
        await work();
    } finally {
        console.log(`      ${what}: ${JSON.stringify(await load.stop())}`);
    }
    const { seen } = load;
    const file = process.env["LOADS"];
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, ...seen })}\n`);
    return seen;
}

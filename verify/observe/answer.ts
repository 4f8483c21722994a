/** Answers that are to have a form. */
import { z } from "zod";
import { ObservationError } from "./connection";

/** @throws ObservationError that names the source, when its answer has another form. */
export function parseAnswer<T>(source: string, schema: z.ZodType<T>, json: string): T {
    let value: unknown;
    try {
        value = JSON.parse(json);
    } catch {
        throw new ObservationError(`${source}: not JSON: ${json.slice(0, 100)}`);
    }
    const result = schema.safeParse(value);
    if (!result.success) {
        throw new ObservationError(`${source}: ${z.prettifyError(result.error)}`);
    }
    return result.data;
}

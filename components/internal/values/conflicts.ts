/** What makes the mesh is not a matter of values: a value that says otherwise would break it without a word. */
import { isKnown, isMap, layered, type Values } from "./layers";
import type { ValueProblem } from "./problem";

/** A value that the library sets itself. */
export interface Fixed {
    /** Keys down to it. */
    readonly keys: readonly string[];
    /** May be on its way. */
    readonly value: unknown;
    /** What to set instead, in words. */
    readonly instead: string;
}

/** Values that contradict what the library sets; equal ones are fine. @param at Path of the values themselves. */
export function conflicts(fixed: readonly Fixed[], values: Values, at: string): ValueProblem[] {
    return fixed.flatMap(({ keys, value, instead }) => {
        const found = lookUp(values, keys);
        if (found === undefined || found.value === value || (found.keys.length === keys.length && !isKnown(value)))
            return [];
        const path = [at, ...found.keys].join(".");
        const rule = `this makes the mesh, and the library sets ${keys.join(".")} to ${JSON.stringify(value)} itself`;
        return [{ path, value: JSON.stringify(found.value), rule, fix: `Remove it; ${instead}` }];
    });
}

/** The value at keys, or that of the map on the way which is none; undefined where nothing is said. */
function lookUp(values: Values, keys: readonly string[]): { keys: readonly string[]; value: unknown } | undefined {
    let value: unknown = values;
    for (const [index, key] of keys.entries()) {
        if (value === undefined) return undefined;
        if (!isMap(value)) return { keys: keys.slice(0, index), value };
        value = value[key];
    }
    return value === undefined ? undefined : { keys, value };
}

/** The values themselves. */
export function fixedValues(fixed: readonly Fixed[]): Values {
    return fixed
        .filter(({ value }) => value !== undefined)
        .reduce<Values>((all, { keys, value }) => layered(all, nested(keys, value)), {});
}

function nested(keys: readonly string[], value: unknown): Values {
    return keys.reduceRight<Values>((inner, key, index) => ({ [key]: index === keys.length - 1 ? value : inner }), {});
}

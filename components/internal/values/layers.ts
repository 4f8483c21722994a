/** Layers of settings and of Helm values, the upper over the lower. */
import * as pulumi from "@pulumi/pulumi";

/** Values of a chart: what `Release` takes. */
export type Values = Record<string, unknown>;

/** Whether a value is a map that belongs to us: no list, no null, no Output. */
export function isMap(value: unknown): value is Values {
    return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether nothing of a value is still on its way. */
export function isKnown(value: unknown): boolean {
    if (value instanceof Promise || pulumi.Output.isInstance(value)) return false;
    if (Array.isArray(value)) return value.every(isKnown);
    return !isMap(value) || Object.values(value).every(isKnown);
}

/**
 * As Helm merges values: maps key by key, everything else is replaced, and undefined says nothing. Null stays, since Helm
 * takes it for the removal of a chart's default (https://helm.sh/docs/chart_template_guide/values_files/).
 */
export function layered<T extends object>(lower: T, upper: T): T {
    const result = { ...lower };
    for (const key of Object.keys(upper)) {
        const value: unknown = Reflect.get(upper, key);
        if (value !== undefined) Reflect.set(result, key, merged(Reflect.get(result, key), value));
    }
    return result;
}

function merged(lower: unknown, upper: unknown): unknown {
    if (isMap(lower) && isMap(upper)) return layered(lower, upper);
    const isPending = (value: unknown) => value instanceof Promise || pulumi.Output.isInstance(value);
    return lower !== undefined && (isPending(lower) || isPending(upper))
        ? pulumi.all([lower, upper]).apply(([one, other]) => merged(one, other))
        : upper;
}

/** Whether a null is anywhere in the values: Pulumi drops them unless it is told not to. */
export function hasNull(value: unknown): boolean {
    if (value === null) return true;
    return isMap(value) && Object.values(value).some(hasNull);
}

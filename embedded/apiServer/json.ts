/** What an API server takes and gives: JSON, and ways down into it. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Properties = Record<string, Json>;

export function isObject(value: Json | undefined): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at a key, empty where there is none. */
export function objectAt(parent: Json | undefined, ...path: string[]): Properties {
    const value = valueAt(parent, ...path);
    return isObject(value) ? value : {};
}

/** The text at a key, `undefined` where it is absent or of another type. */
export function textAt(parent: Json | undefined, ...path: string[]): string | undefined {
    const value = valueAt(parent, ...path);
    return typeof value === "string" ? value : undefined;
}

export function numberAt(parent: Json | undefined, ...path: string[]): number | undefined {
    const value = valueAt(parent, ...path);
    return typeof value === "number" ? value : undefined;
}

export function arrayAt(parent: Json | undefined, ...path: string[]): Json[] {
    const value = valueAt(parent, ...path);
    return Array.isArray(value) ? value : [];
}

export function valueAt(parent: Json | undefined, ...path: readonly PropertyKey[]): Json | undefined {
    return path.reduce<Json | undefined>((value, key) => {
        if (Array.isArray(value)) return value[Number(key)];
        return isObject(value) ? value[String(key)] : undefined;
    }, parent);
}

/** JSON can hold nothing else than {@link Json}, which its parser's type does not say. */
export function parseJson(text: string): Json {
    return JSON.parse(text) as Json;
}

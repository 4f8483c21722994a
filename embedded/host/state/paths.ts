/** Property paths as resource options write them: `spec.replicas`, `data["ca.crt"]`, `items[0].name`, `items[*]`. */
import { isObject, Secret, type Value, type Values } from "./values";

export type Path = readonly string[];

/** Splits a path into its steps. https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/ */
export function parsePath(text: string): Path {
    const steps = [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)];
    return steps.map(([, quoted, index, name]) => quoted?.replaceAll('\\"', '"') ?? index ?? name ?? "");
}

/** Writes a path so that {@link parsePath} reads it back. */
export function formatPath(path: readonly (string | number)[]): string {
    return path
        .map((step, position) => {
            if (typeof step === "number") return `[${step}]`;
            if (!/^[^.[\]"]+$/.test(step)) return `[${JSON.stringify(step)}]`;
            return position === 0 ? step : `.${step}`;
        })
        .join("");
}

/** `news` with the value of `olds` at each path, or without it where `olds` has none. */
export function ignoreChanges(news: Values, olds: Values, paths: readonly string[]): Values {
    return paths.reduce((result, path) => keepOld(result, olds, parsePath(path)), news);
}

function keepOld(news: Values, olds: Values, [step, ...rest]: Path): Values {
    if (step === undefined) return olds;
    const result = { ...news };
    for (const key of step === "*" ? new Set([...Object.keys(news), ...Object.keys(olds)]) : [step]) {
        const value = rest.length === 0 ? olds[key] : keepInside(news[key], olds[key], rest);
        if (value !== undefined) result[key] = value;
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
        else delete result[key];
    }
    return result;
}

function keepInside(news: Value | undefined, olds: Value | undefined, path: Path): Value | undefined {
    if (news instanceof Secret) {
        const inner = keepInside(news.value, olds instanceof Secret ? olds.value : olds, path);
        return inner === undefined ? undefined : new Secret(inner);
    }
    if (isObject(news) && isObject(olds)) return keepOld(news, olds, path);
    if (Array.isArray(news) && Array.isArray(olds)) {
        return Object.values(keepOld(Object.fromEntries(news.entries()), Object.fromEntries(olds.entries()), path));
    }
    return news;
}

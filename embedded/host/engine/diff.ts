/** What differs between two sets of properties, in words a person may see: secrets never appear. */
import type { PropertyChange } from "../../../hosts/interface/steps";
import { formatPath } from "../state/paths";
import { equal, hideSecret, isObject, SECRET_TEXT, UNKNOWN_TEXT, type Value, type Values } from "../state/values";

/**
 * @param named Top-level names that the provider says differ; those without a visible difference are listed too.
 * @param replacing Those of them that need a new resource.
 */
export function diffProperties(
    olds: Values,
    news: Values,
    named: readonly string[] = [],
    replacing: readonly string[] = [],
): PropertyChange[] {
    const changes: PropertyChange[] = [];
    const visit = (path: readonly (string | number)[], before: Value | undefined, after: Value | undefined): void => {
        if (equal(before, after)) return;
        if (isObject(before) && isObject(after)) {
            for (const key of union(before, after)) visit([...path, key], before[key], after[key]);
        } else if (Array.isArray(before) && Array.isArray(after)) {
            const length = Math.max(before.length, after.length);
            for (let index = 0; index < length; index++) visit([...path, index], before[index], after[index]);
        } else {
            changes.push({
                path: formatPath(path),
                kind: before === undefined ? "add" : after === undefined ? "delete" : "update",
                ...(before === undefined ? {} : { before: show(before) }),
                ...(after === undefined ? {} : { after: show(after) }),
                replaces: replacing.includes(String(path[0])),
            });
        }
    };
    for (const key of union(olds, news)) if (!key.startsWith("__")) visit([key], olds[key], news[key]);
    const seen = new Set([...union(olds, news)].filter((key) => !equal(olds[key], news[key])));
    for (const key of named) {
        if (!seen.has(key)) changes.push({ path: key, kind: "update", replaces: replacing.includes(key) });
    }
    return changes;
}

/** A value as text without secrets. */
function show(value: Value): string {
    const hidden = hideSecret(value);
    return hidden === SECRET_TEXT || hidden === UNKNOWN_TEXT ? hidden : JSON.stringify(hidden);
}

function union(left: Values, right: Values): string[] {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])];
}

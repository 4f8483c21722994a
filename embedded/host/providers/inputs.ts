/** What every provider of the embedded host needs to judge inputs. */
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { ProblemsError } from "../../../shared/problems";
import { isObject, type Json, type Properties, valueAt } from "../../apiServer/json";
import { UNKNOWN, type Diff, type Operation } from "./provider";

/** Of an input that has to have one value. */
export const NOT_SERVED = "is not served by the embedded host; leave it out, or run the program with Pulumi";

export const NO_CHANGE: Diff = { changed: [], replace: [], deleteBeforeReplace: false };

/** A copy without some names. */
export function omit(object: Properties, ...names: readonly string[]): Properties {
    return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Work that needs no waiting, as a promise that also carries its refusal. */
export function promised<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve) => {
        resolve(work());
    });
}

/** Whether a preview cannot know the value, or a part of it, yet. */
export function hasUnknown(value: Json | undefined): boolean {
    if (Array.isArray(value)) return value.some(hasUnknown);
    return isObject(value) ? Object.values(value).some(hasUnknown) : value === UNKNOWN;
}

/** Top-level names whose values differ. */
export function changedNames(olds: Properties, news: Properties): string[] {
    const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
    return [...names].filter((name) => !isDeepStrictEqual(olds[name], news[name]));
}

/**
 * Holds inputs against the schema of their resource type; what a preview does not know yet is not judged.
 * @throws ProblemsError with every problem. Values are left out of it, since they may be secret.
 */
export function checkInputs(schema: z.ZodType, operation: Operation, news: Properties): Properties {
    const issues = schema.safeParse(news).error?.issues ?? [];
    const problems = issues
        .filter((issue) => !hasUnknown(valueAt(news, ...issue.path)))
        .map((issue) => ({
            subject: [`resource ${operation.name} (${operation.type})`, ...issue.path.map(String)].join("."),
            rule: issue.message,
            fix: "Change this input in the program",
        }));
    if (problems.length > 0) throw new ProblemsError(problems);
    return news;
}

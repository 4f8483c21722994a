/** Finds all that is wrong with a document's shape, and keeps the rest, so that the rest's meaning is checked too. */
import type { z } from "zod";
import type { Problem } from "../../shared/problems";

export interface Shaped<T> {
    /** What the schema makes of the parts that have the right shape; undefined when they make no whole. */
    readonly value: T | undefined;
    readonly problems: readonly Problem[];
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Container = Record<PropertyKey, unknown>;

/** @param isSecret Whether the value at a path must not be shown. */
export function readShape<T>(schema: z.ZodType<T>, raw: Container, isSecret: (path: string) => boolean): Shaped<T> {
    const rest = structuredClone(raw);
    let result = schema.safeParse(rest, { reportInput: true });
    const problems = (result.error?.issues ?? []).flatMap((issue) => describe(issue, isSecret));
    while (!result.success) {
        const issue = result.error.issues.at(-1);
        if (issue === undefined || !takeOut(rest, issue)) {
            return { value: undefined, problems };
        }
        result = schema.safeParse(rest);
    }
    return { value: result.data, problems };
}

/** A path as a person writes it: `mesh.clusters[1].network`. */
function pathOf(path: Path): string {
    return path.reduce<string>((text, key) => {
        const separator = text === "" ? "" : ".";
        return typeof key === "number" ? `${text}[${key}]` : `${text}${separator}${String(key)}`;
    }, "");
}

function describe(issue: Issue, isSecret: (path: string) => boolean): Problem[] {
    const subject = pathOf(issue.path);
    const fix = "docs/configuration.md lists all settings and their types.";
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => ({
            subject: pathOf([...issue.path, key]),
            rule: "there is no such setting",
            fix: `Correct its spelling or remove it; ${fix}`,
        }));
    }
    if (issue.input === undefined) {
        return [{ subject, rule: "this setting is required", fix: `Set it; ${fix}` }];
    }
    const { input } = issue;
    const isShown = (typeof input === "string" || typeof input === "number") && !isSecret(subject);
    const rule = issue.message.replace(/^Invalid (input|option): /, "").replace(/, received .*/, "");
    return [{ subject, ...(isShown ? { value: String(input) } : {}), rule, fix: `Correct it; ${fix}` }];
}

/** Removes from the document what an issue is about. Returns false when that would be all of it. */
function takeOut(document: Container, issue: Issue): boolean {
    if (issue.code === "unrecognized_keys") {
        const container = containerAt(document, issue.path);
        issue.keys.forEach((key) => container && Reflect.deleteProperty(container, key));
        return true;
    }
    if (issue.code === "invalid_type" && issue.expected === "string") {
        // What depends on the string can be checked nevertheless: by the text of a number, or by a stand-in that equals no
        // other value.
        const found = containerAt(document, issue.path.slice(0, -1))?.[issue.path.at(-1) ?? ""];
        const text = ["number", "boolean"].includes(typeof found) ? String(found) : `(${pathOf(issue.path)})`;
        return put(document, issue.path, text);
    }
    const isMissing = containerAt(document, issue.path.slice(0, -1))?.[issue.path.at(-1) ?? ""] === undefined;
    return put(document, isMissing ? issue.path.slice(0, -1) : issue.path, undefined);
}

/** Replaces, or with undefined removes, the value at a path. Returns false for the path of the document itself. */
function put(document: Container, path: Path, value: string | undefined): boolean {
    const container = containerAt(document, path.slice(0, -1));
    const key = path.at(-1);
    if (container === undefined || key === undefined) {
        return false;
    }
    if (value !== undefined) {
        return Reflect.set(container, key, value);
    }
    if (Array.isArray(container)) {
        container.splice(Number(key), 1);
        return true;
    }
    return Reflect.deleteProperty(container, key);
}

function containerAt(document: Container, path: Path): Container | undefined {
    return path.reduce<Container | undefined>((container, key) => {
        const inner = container?.[key];
        return isContainer(inner) ? inner : undefined;
    }, document);
}

function isContainer(value: unknown): value is Container {
    return typeof value === "object" && value !== null;
}

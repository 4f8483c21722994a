/**
 * Pulumi.yaml and Pulumi.<stack>.yaml, read as Pulumi does.
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/
 */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument, type YAMLParseError } from "yaml";
import { z } from "zod";
import { type Problem, ProblemsError } from "../../shared/problems";

const json = z.json();
type Json = z.infer<typeof json>;

const declaration = z.strictObject({
    type: z.enum(["string", "boolean", "integer", "array", "object"]).optional(),
    description: z.string().optional(),
    items: json.optional(),
    default: json.optional(),
    value: json.optional(),
    secret: z.boolean().optional(),
});

export const runtimeOptions = z.strictObject({
    typescript: z.boolean().default(true),
    /** Arguments of node, separated by spaces. */
    nodeargs: z.string().default(""),
    packagemanager: z.string().optional(),
});

const projectFile = z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, "a project name has letters, digits, `-`, `_` and `.` only"),
    runtime: z.union([
        z.literal("nodejs").transform((name) => ({ name, options: runtimeOptions.parse({}) })),
        z.strictObject({ name: z.literal("nodejs"), options: runtimeOptions.prefault({}) }),
    ]),
    main: z.string().default("."),
    description: z.string().optional(),
    author: z.string().optional(),
    website: z.string().optional(),
    license: z.string().optional(),
    packages: json.optional(),
    plugins: json.optional(),
    backend: json.optional(),
    config: z.record(z.string(), json).default({}),
});

const stackFile = z.strictObject({
    encryptionsalt: z.string().optional(),
    config: z.record(z.string(), json).default({}),
});

export type Declaration = z.infer<typeof declaration>;
export type Runtime = z.infer<typeof projectFile>["runtime"];

export interface Project {
    /** Absolute path of the folder with Pulumi.yaml. */
    readonly folder: string;
    readonly name: string;
    readonly runtime: Runtime;
    /** The program, relative to `folder`. */
    readonly main: string;
    /** What Pulumi.yaml says of configuration, by full key (`<project>:<key>`). */
    readonly declarations: ReadonlyMap<string, Declaration>;
}

export interface StackSettings {
    /** Absolute path of Pulumi.<stack>.yaml. */
    readonly file: string;
    readonly exists: boolean;
    readonly encryptionSalt: string | undefined;
    /** By full key; a secret is `{secure: <ciphertext>}`. */
    readonly config: ReadonlyMap<string, Json>;
}

/** @throws ProblemsError with everything that is wrong with Pulumi.yaml. */
export async function readProject(folder: string): Promise<Project> {
    const file = join(folder, "Pulumi.yaml");
    const text = await readIfThere(file);
    if (text === undefined) {
        throw new ProblemsError([
            { subject: file, rule: "a Pulumi project has this file", fix: "Run in the project's folder." },
        ]);
    }
    const { name, runtime, main, config } = parse(projectFile, text, file);
    const problems: Problem[] = [];
    const declarations = new Map<string, Declaration>();
    for (const [key, value] of Object.entries(config)) {
        const isPlain = value === null || typeof value !== "object" || Array.isArray(value);
        const declared = declaration.safeParse(isPlain ? { value } : value);
        if (declared.success) declarations.set(fullKey(name, key), declared.data);
        else problems.push(...explain(declared.error, file, ["config", key]));
    }
    if (problems.length > 0) throw new ProblemsError(problems);
    return { folder, name, runtime, main, declarations };
}

/** Reads Pulumi.<stack>.yaml; a stack without the file has no settings. */
export async function readStackSettings(project: Project, stack: string): Promise<StackSettings> {
    const file = join(project.folder, `Pulumi.${stack}.yaml`);
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(stack)) {
        const rule = "a stack name has letters, digits, `-`, `_` and `.` only";
        throw new ProblemsError([{ subject: "stack", value: stack, rule, fix: "Choose another name." }]);
    }
    const text = await readIfThere(file);
    const settings = parse(stackFile, text ?? "", file);
    return {
        file,
        exists: text !== undefined,
        encryptionSalt: settings.encryptionsalt,
        config: new Map(Object.entries(settings.config).map(([key, value]) => [fullKey(project.name, key), value])),
    };
}

/** A key without a namespace belongs to the project. */
function fullKey(project: string, key: string): string {
    return key.includes(":") ? key : `${project}:${key}`;
}

function parse<T>(schema: z.ZodType<T>, text: string, file: string): T {
    // Pulumi merges keys `<<`, too.
    const document = parseDocument(text, { merge: true });
    if (document.errors.length > 0) {
        throw new ProblemsError(
            document.errors.map((error) => ({
                subject: file,
                rule: `this is not valid YAML: ${fault(error)}`,
                fix: "Correct the file.",
            })),
        );
    }
    const result = schema.safeParse(document.toJS() ?? {});
    if (result.success) return result.data;
    throw new ProblemsError(explain(result.error, file, []));
}

/** The file may hold a kubeconfig, so nothing of its content is said; some of the library's messages quote it. */
function fault({ code, message, linePos }: Pick<YAMLParseError, "code" | "message" | "linePos">): string {
    const quotes: readonly YAMLParseError["code"][] = ["UNEXPECTED_TOKEN", "BAD_DQ_ESCAPE"];
    const [at] = linePos ?? [];
    return quotes.includes(code) ? `line ${at?.line}, column ${at?.col}` : (message.split("\n")[0] ?? "");
}

function explain(error: z.ZodError, file: string, at: readonly string[]): Problem[] {
    return error.issues.map((issue) => ({
        subject: `${file}: ${[...at, ...issue.path].join(".") || "the file"}`,
        rule: issue.message,
        fix: "See https://www.pulumi.com/docs/iac/concepts/projects/project-file/ for what is allowed.",
    }));
}

/** Far more than a person writes; the keys of a file of megabytes take minutes to check. Bytes. */
const LARGEST_FILE = 1_000_000;

async function readIfThere(file: string): Promise<string | undefined> {
    try {
        const content = await readFile(file);
        const refuse = (rule: string, fix: string) => new ProblemsError([{ subject: file, rule, fix }]);
        if (content.length > LARGEST_FILE) {
            const size = `${Math.ceil(content.length / 1_000_000)} MB`;
            throw refuse(
                `has ${size}, and may have 1 MB`,
                "Name kubeconfigs by `kubeconfigFile` instead of their content.",
            );
        }
        if (!isUtf8(content) || content.includes(0)) {
            throw refuse("is not UTF-8", "Save it again in this encoding; editors on Windows may write UTF-16.");
        }
        return content.toString("utf8");
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
    }
}

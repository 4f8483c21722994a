/** The program with a stack's configuration, with mocks. */
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Json } from "../../embedded/host/providers/provider";
import { type Around, record, type Recording, settle } from "./record";

const ROOT = path.join(__dirname, "..", "..");
const PROGRAM = path.join(ROOT, "index.ts");
const load = createRequire(__filename);

/** Values of the project's namespace, by key. */
export type Settings = Record<string, Json>;

const projectFile = z.object({ config: z.record(z.string(), z.object({ default: z.json() })) });
const stackFile = z.object({ config: z.record(z.string(), z.json()) });
const programModule = z.custom<() => Promise<Record<string, unknown>>>((value) => typeof value === "function");

/**
 * What Pulumi gives the program: the project's defaults below the stack's own values.
 *
 * @param file The stack's, relative to the repository.
 */
export function configuration(file: string): Settings {
    const project = projectFile.parse(parse(readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")));
    const own = stackFile.parse(parse(readFileSync(path.join(ROOT, file), "utf8")));
    return {
        ...Object.fromEntries(Object.entries(project.config).map(([key, declared]) => [key, declared.default])),
        ...Object.fromEntries(Object.entries(own.config).map(([key, value]) => [key.replace(/^.*:/, ""), value])),
    };
}

/** Runs the program anew; `value` has the stack's outputs, settled. */
export async function runProgram(settings: Settings, around: Around = {}): Promise<Recording<unknown>> {
    const { value, resources } = await record(
        async () => ({ outputs: pulumi.output(await programModule.parse(load(PROGRAM))()) }),
        settings,
        around,
    );
    return { value: (await settle(value.outputs)).value, resources };
}

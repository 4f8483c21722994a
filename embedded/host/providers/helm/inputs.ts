/** Inputs of a Release with the defaults that Pulumi records (https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/). */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { createGunzip } from "node:zlib";
import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemsError } from "../../../../shared/problems";
import type { Json, Operation, Properties } from "../provider";
import { checkInputs, hasUnknown, isObject, omit, textAt } from "../inputs";

const off = z.literal(false, {
    error: "is not served by the embedded host; leave it out, or run the program with Pulumi",
});
const empty = z.literal("", {
    error: "is not served by the embedded host; leave it out, or run the program with Pulumi",
});
const json = z.custom<Json>();

const release = z.strictObject({
    allowNullValues: z.boolean(),
    atomic: z.boolean(),
    chart: z.string().min(1),
    cleanupOnFail: z.boolean(),
    createNamespace: z.boolean(),
    dependencyUpdate: z.boolean(),
    description: z.string(),
    devel: z.boolean(),
    disableCRDHooks: off,
    disableOpenapiValidation: z.boolean(),
    disableWebhooks: z.boolean(),
    forceUpdate: z.boolean(),
    keyring: empty,
    lint: off,
    maxHistory: z.int().min(0).optional(),
    name: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a DNS name")
        .max(53, "must have at most 53 characters"),
    namespace: z.string().min(1),
    postrender: empty,
    recreatePods: off,
    renderSubchartNotes: z.boolean(),
    replace: off,
    repositoryOpts: z
        .strictObject({
            caFile: z.string(),
            certFile: z.string(),
            keyFile: z.string(),
            password: z.string(),
            repo: z.string(),
            username: z.string(),
        })
        .optional(),
    resetValues: z.boolean(),
    reuseValues: z.boolean(),
    skipAwait: z.boolean(),
    skipCrds: z.boolean(),
    timeout: z.number().min(0),
    values: z.record(z.string(), json),
    verify: off,
    version: z.string(),
    waitForJobs: z.boolean(),
});

export type Release = z.infer<typeof release>;

/** @throws Error for inputs that {@link checkRelease} has not seen. */
export function parseRelease(inputs: Properties): Release {
    return release.parse(inputs);
}

const DEFAULTS: Properties = {
    allowNullValues: false,
    atomic: false,
    cleanupOnFail: false,
    createNamespace: false,
    dependencyUpdate: false,
    description: "",
    devel: false,
    disableCRDHooks: false,
    disableOpenapiValidation: false,
    disableWebhooks: false,
    forceUpdate: false,
    keyring: "",
    lint: false,
    postrender: "",
    recreatePods: false,
    renderSubchartNotes: false,
    replace: false,
    resetValues: false,
    reuseValues: false,
    skipAwait: false,
    skipCrds: false,
    values: {},
    verify: false,
    version: "",
    waitForJobs: false,
};

const REPOSITORY_DEFAULTS: Properties = { caFile: "", certFile: "", keyFile: "", password: "", repo: "", username: "" };

/**
 * Fills Pulumi's defaults and the chart's own version.
 * @param latest Asks a repository for the version of the chart that fits; called where the inputs do not pin one.
 */
export async function checkRelease(
    operation: Operation,
    olds: Properties | undefined,
    news: Properties,
    namespace: string,
    latest: (inputs: Properties) => Promise<string>,
): Promise<Properties> {
    const given = omit(news, "compat");
    const repository = given["repositoryOpts"];
    const inputs: Properties = {
        ...DEFAULTS,
        namespace,
        timeout: given["skipAwait"] === true ? 0 : 300,
        ...given,
        name: given["name"] ?? olds?.["name"] ?? `${operation.name}-${randomBytes(4).toString("hex")}`,
        ...(isObject(repository) ? { repositoryOpts: { ...REPOSITORY_DEFAULTS, ...repository } } : {}),
    };
    checkInputs(release, operation, inputs);
    if (hasUnknown(inputs)) return inputs;
    return { ...inputs, version: await chartVersion(operation, inputs, latest) };
}

/** Chart.yaml, as far as it matters here. */
export const chartMetadata = z.looseObject({ version: z.string() });

const EXACT = /^v?\d+\.\d+\.\d+(?:[-+].+)?$/;

async function chartVersion(
    operation: Operation,
    inputs: Properties,
    latest: (inputs: Properties) => Promise<string>,
): Promise<string> {
    const version = textAt(inputs, "version") ?? "";
    const local = localChart(operation, inputs);
    if (local === undefined) return EXACT.test(version) ? version : latest(inputs);
    const metadata: unknown = parse(await chartYaml(local));
    return chartMetadata.parse(metadata).version;
}

/** Absolute path of a chart that lies in a folder or an archive of this machine, as opposed to a repository's. */
function localChart(operation: Operation, inputs: Properties): string | undefined {
    const chart = textAt(inputs, "chart") ?? "";
    if (textAt(inputs, "repositoryOpts", "repo") || chart.startsWith("oci://")) return undefined;
    const file = path.resolve(operation.workingDirectory, chart);
    if (existsSync(file)) return file;
    if (!/^[./]/.test(chart)) return undefined;
    const rule = "must be a chart's folder or archive, relative to the folder of the program";
    const subject = `resource ${operation.name} (${operation.type}).chart`;
    throw new ProblemsError([{ subject, value: chart, rule, fix: "Correct the path, or set repositoryOpts.repo" }]);
}

async function chartYaml(chart: string): Promise<string> {
    if (!chart.endsWith(".tgz")) return readFile(path.join(chart, "Chart.yaml"), "utf8");
    const { extract } = await import("tar-stream");
    const entries = createReadStream(chart).pipe(createGunzip()).pipe(extract());
    for await (const entry of entries) {
        if (/^[^/]+\/Chart\.yaml$/.test(entry.header.name)) return text(entry);
        entry.resume();
    }
    throw new Error(`${chart} has no Chart.yaml`);
}

/** Inputs of a Release with the defaults that Pulumi records (https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/). */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemsError } from "../../../../shared/problems";
import type { Json, Operation, Properties } from "../provider";
import { isObject, textAt } from "../../../apiServer/json";
import { checkInputs, hasUnknown, NOT_SERVED, omit } from "../inputs";

/** Inputs that have their default always: Pulumi's state holds them, and nothing of this project sets another value. */
const FIXED = {
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
    verify: false,
    waitForJobs: false,
};
const FIXED_REPOSITORY = { caFile: "", certFile: "", keyFile: "", password: "", username: "" };

const release = z.strictObject({
    ...fixed(FIXED),
    allowNullValues: z.boolean(),
    chart: z.string().min(1),
    name: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a DNS name")
        .max(53, "must have at most 53 characters"),
    namespace: z.string().min(1),
    repositoryOpts: z.strictObject({ ...fixed(FIXED_REPOSITORY), repo: z.string() }).optional(),
    timeout: z.number().min(0),
    values: z.record(z.string(), z.custom<Json>()),
    version: z.string(),
});

function fixed(values: Readonly<Record<string, boolean | string>>) {
    return Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, z.literal(value, { error: NOT_SERVED })]),
    );
}

/** What a program may set of a Release. */
export const SERVED_INPUTS = Object.keys(release.shape).filter((name) => !(name in FIXED));

export type Release = z.infer<typeof release>;

/** @throws Error for inputs that {@link checkRelease} has not seen. */
export function parseRelease(inputs: Properties): Release {
    return release.parse(inputs);
}

/** Fills Pulumi's defaults and a local chart's own version. */
export async function checkRelease(
    operation: Operation,
    olds: Properties | undefined,
    news: Properties,
    namespace: string,
): Promise<Properties> {
    const given = omit(news, "compat");
    const repository = given["repositoryOpts"];
    const inputs: Properties = {
        ...FIXED,
        allowNullValues: false,
        namespace,
        timeout: 300,
        values: {},
        version: "",
        ...given,
        name: given["name"] ?? olds?.["name"] ?? `${operation.name}-${randomBytes(4).toString("hex")}`,
        ...(isObject(repository) ? { repositoryOpts: { ...FIXED_REPOSITORY, repo: "", ...repository } } : {}),
    };
    checkInputs(release, operation, inputs);
    return hasUnknown(inputs) ? inputs : { ...inputs, version: await chartVersion(operation, inputs) };
}

const EXACT = /^v?\d+\.\d+\.\d+(?:[-+].+)?$/;

/** @throws ProblemsError for a chart of a repository without an exact version: what it gives would change by itself. */
async function chartVersion(operation: Operation, inputs: Properties): Promise<string> {
    const local = localChart(operation, inputs);
    if (local !== undefined) {
        return chartMetadata.parse(parse(await readFile(path.join(local, "Chart.yaml"), "utf8"))).version;
    }
    const version = textAt(inputs, "version") ?? "";
    if (EXACT.test(version)) return version;
    const subject = `resource ${operation.name} (${operation.type}).version`;
    const rule = "a chart of a repository needs an exact version with the embedded host";
    throw new ProblemsError([{ subject, value: version, rule, fix: "Write it like 1.31.1" }]);
}

/** Chart.yaml, as far as it matters here. */
const chartMetadata = z.looseObject({ version: z.string() });

/** Absolute path of a chart that lies in a folder of this machine, as opposed to a repository's. */
function localChart(operation: Operation, inputs: Properties): string | undefined {
    const chart = textAt(inputs, "chart") ?? "";
    if (textAt(inputs, "repositoryOpts", "repo") || chart.startsWith("oci://")) return undefined;
    const file = path.resolve(operation.workingDirectory, chart);
    if (existsSync(file)) return file;
    if (!/^[./]/.test(chart)) return undefined;
    const rule = "must be a chart's folder, relative to the folder of the program";
    const subject = `resource ${operation.name} (${operation.type}).chart`;
    throw new ProblemsError([{ subject, value: chart, rule, fix: "Correct the path, or set repositoryOpts.repo" }]);
}

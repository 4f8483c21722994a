/** Helm's own record of a release: Secrets of its namespace (https://helm.sh/docs/topics/advanced/#storage-backends). */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Json, Properties } from "../provider";
import { arrayAt, isObject, parseJson, textAt } from "../../../apiServer/json";
import type { KubernetesApi } from "../../../apiServer/api";
import { identityOf, idOf } from "../kubernetes/objects";

const record = z.looseObject({
    name: z.string(),
    namespace: z.string(),
    version: z.number(),
    info: z.looseObject({ status: z.string() }),
    chart: z.looseObject({
        metadata: z.looseObject({ name: z.string(), version: z.string(), appVersion: z.string().optional() }),
    }),
    config: z.custom<Json>().optional(),
    manifest: z.string(),
});

export interface ReleaseRecord {
    /** Path of the Secret that holds it. */
    readonly path: string;
    /** E.g. `deployed`, `failed`, `pending-install`. */
    readonly status: string;
    /** Values that the release was given. */
    readonly values: Json;
    /** Output `status` of a Release. */
    readonly summary: Properties;
    readonly objects: readonly Properties[];
}

/** The latest revision of a release; `undefined` where there is none. */
export async function findRelease(
    api: KubernetesApi,
    namespace: string,
    name: string,
): Promise<ReleaseRecord | undefined> {
    const root = `/api/v1/namespaces/${namespace}/secrets`;
    const list = await api.request("GET", root, { query: { labelSelector: `owner=helm,name=${name}` } });
    const revision = (secret: Json) => Number(textAt(secret, "metadata", "labels", "version"));
    const [latest] = arrayAt(list, "items").sort((a, b) => revision(b) - revision(a));
    if (latest === undefined) return undefined;
    const { chart, info, version, config, manifest } = record.parse(
        await decode(textAt(latest, "data", "release") ?? ""),
    );
    const { metadata } = chart;
    return {
        path: `${root}/${textAt(latest, "metadata", "name") ?? ""}`,
        status: info.status,
        values: config ?? {},
        summary: {
            appVersion: metadata.appVersion ?? "",
            chart: metadata.name,
            name,
            namespace,
            revision: version,
            status: info.status,
            version: metadata.version,
        },
        objects: objectsOf(manifest),
    };
}

async function decode(data: string): Promise<unknown> {
    const zipped = Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64");
    return JSON.parse(String(await promisify(gunzip)(zipped)));
}

/** Objects of a manifest. */
export function objectsOf(manifest: string): Properties[] {
    return parseAllDocuments(manifest)
        .map((document) => parseJson(JSON.stringify(document)))
        .filter(isObject)
        .filter((object) => textAt(object, "kind") !== undefined);
}

/** Output `resourceNames` of a Release: `Deployment.apps/apps/v1` to the names of its objects. */
export function resourceNames(objects: readonly Properties[]): Record<string, string[]> {
    const names: Record<string, string[]> = {};
    for (const object of objects) {
        const { apiVersion, kind, namespace, name } = identityOf(object);
        const group = apiVersion.includes("/") ? `.${apiVersion.split("/", 1).join("")}` : "";
        const key = `${kind}${group}/${apiVersion}`;
        names[key] = [...new Set([...(names[key] ?? []), idOf({ namespace, name })])].sort();
    }
    return names;
}

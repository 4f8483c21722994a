/** What a Kubernetes object says of itself. */
import { UNKNOWN, type Json, type Properties } from "../provider";
import { isObject, objectAt, textAt } from "../../../apiServer/json";
import { omit } from "../inputs";

export interface Identity {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
}

export function identityOf(object: Properties): Identity {
    return {
        apiVersion: textAt(object, "apiVersion") ?? "",
        kind: textAt(object, "kind") ?? "",
        namespace: textAt(object, "metadata", "namespace"),
        name: textAt(object, "metadata", "name") ?? "",
    };
}

/** `kubernetes:<group>/<version>:<Kind>`, with `core/v1` for the objects of the first API. */
export function kindOfType(type: string): Pick<Identity, "apiVersion" | "kind"> {
    const [, apiVersion = "", kind = ""] = type.split(":");
    return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** Pulumi's id of an object: `namespace/name`, or `name` alone. */
export function idOf({ namespace, name }: Pick<Identity, "namespace" | "name">): string {
    return namespace === undefined ? name : `${namespace}/${name}`;
}

export function parseId(id: string): Pick<Identity, "namespace" | "name"> {
    const slash = id.indexOf("/");
    return slash < 0
        ? { namespace: undefined, name: id }
        : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

export function describe({ kind, namespace, name }: Identity): string {
    return `${kind} ${idOf({ namespace, name })}`;
}

export function annotation(object: Properties, name: string): string | undefined {
    return textAt(object, "metadata", "annotations", name);
}

export function isSecret(object: Properties): boolean {
    return object["apiVersion"] === "v1" && object["kind"] === "Secret";
}

const READ_ONLY = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/** Inputs in the form in which the state keeps them: no server fields, and a Secret's `stringData` as `data`. */
export function normalize(object: Properties): Properties {
    const metadata = Object.fromEntries(
        Object.entries(objectAt(object, "metadata")).filter(([name]) => !READ_ONLY.includes(name)),
    );
    const { stringData } = object;
    if (!isSecret(object) || !isObject(stringData)) return { ...object, metadata };
    const encoded = Object.entries(stringData).map(([key, value]) => [key, base64(value)] as const);
    return {
        ...omit(object, "stringData"),
        metadata,
        data: { ...objectAt(object, "data"), ...Object.fromEntries(encoded) },
    };
}

function base64(value: Json): Json {
    return typeof value !== "string" || value === UNKNOWN ? value : Buffer.from(value).toString("base64");
}

/** The SDK writes a schema's `x-kubernetes-…` fields with underscores, the API server with dashes. */
export function toApi(object: Properties): Properties {
    return renamed(object, /^x_kubernetes_/, (key) => key.replaceAll("_", "-"));
}

export function fromApi(object: Properties): Properties {
    return renamed(object, /^x-kubernetes-/, (key) => key.replaceAll("-", "_"));
}

function renamed(object: Properties, which: RegExp, rename: (key: string) => string): Properties {
    if (object["kind"] !== "CustomResourceDefinition") return object;
    const visit = (value: Json): Json => {
        if (Array.isArray(value)) return value.map(visit);
        return isObject(value) ? visitObject(value) : value;
    };
    const visitObject = (value: Properties): Properties =>
        Object.fromEntries(
            Object.entries(value).map(([key, inner]) => [which.test(key) ? rename(key) : key, visit(inner)]),
        );
    return visitObject(object);
}

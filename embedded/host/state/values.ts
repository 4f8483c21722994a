/**
 * Property values as the host keeps them: JSON, with secrets marked. A value that a preview cannot know yet is the
 * string UNKNOWN, as on the wire.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Json, type Properties, UNKNOWN } from "../providers/provider";

/** A value that is shown to nobody and stored encrypted. */
export class Secret {
    public constructor(public readonly value: Value) {}
}

export type Value = null | boolean | number | string | Secret | Value[] | Values;
export interface Values {
    [key: string]: Value;
}

/** As a model of {@link markSecrets}: whatever is there is secret. */
const ANY_SECRET = new Secret(null);

/** Key that marks special objects on the wire and in state, and the marks themselves. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** What people see instead of a value. */
export const SECRET_TEXT = "[secret]";
export const UNKNOWN_TEXT = "[unknown]";

/** Reads the properties of a request. Throws for kinds of values the host does not serve, such as assets. */
export function fromWire(struct: Struct | undefined): Values {
    return struct === undefined ? {} : mapValues(struct.toJavaScript(), fromWireValue);
}

function fromWireValue(value: unknown): Value {
    if (Array.isArray(value)) return value.map(fromWireValue);
    if (typeof value !== "object" || value === null) return isScalar(value) ? value : null;
    const signature: unknown = Reflect.get(value, SIGNATURE);
    if (signature === SECRET) return new Secret(fromWireValue(Reflect.get(value, "value")));
    if (signature !== undefined && signature !== RESOURCE) {
        throw new Error("it holds an asset, an archive or another kind of value that the embedded host does not serve");
    }
    return mapValues(value, fromWireValue);
}

function isScalar(value: unknown): value is boolean | number | string {
    return typeof value === "boolean" || typeof value === "number" || typeof value === "string";
}

/** Writes the properties of a response. */
export function toWire(values: Values): Struct {
    const encode = (value: Value): Json => {
        if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: encode(value.value) };
        if (Array.isArray(value)) return value.map(encode);
        return isObject(value) ? mapValues(value, encode) : value;
    };
    return Struct.fromJavaScript(mapValues(values, encode));
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To>;
function mapValues<To>(values: object, change: (value: unknown) => To): Record<string, To>;
function mapValues<To>(values: object, change: (value: unknown) => To): Record<string, To> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

/** Plain JSON as providers take it: secrets unwrapped, a reference to a resource as its id. */
export function reveal(values: Values): Properties {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, revealValue(value)]));
}

export function revealValue(value: Value): Json {
    if (value instanceof Secret) return revealValue(value.value);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(revealValue);
    if (value[SIGNATURE] === RESOURCE) return revealValue(value["id"] ?? value["urn"] ?? null);
    return reveal(value);
}

/**
 * Marks as secret what is secret at the same place of `models`.
 * @param names Top-level properties that are secret in any case.
 */
export function markSecrets(plain: Properties, models: Values, names: readonly string[] = []): Values {
    return Object.fromEntries(
        Object.entries(plain).map(([key, value]) => [key, mark(value, names.includes(key) ? ANY_SECRET : models[key])]),
    );
}

function mark(plain: Json, model: Value | undefined): Value {
    if (model instanceof Secret) return new Secret(mark(plain, undefined));
    if (Array.isArray(plain)) {
        const items = Array.isArray(model) ? model : [];
        return plain.map((item, index) => mark(item, items[index]));
    }
    if (typeof plain !== "object" || plain === null) return plain;
    return markSecrets(plain, isObject(model) ? model : {});
}

/** Whether two values are the same, secretness included. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
    if (left instanceof Secret) return right instanceof Secret && equal(left.value, right.value);
    if (Array.isArray(left)) {
        return Array.isArray(right) && left.length === right.length && left.every((item, i) => equal(item, right[i]));
    }
    if (isObject(left)) {
        if (!isObject(right)) return false;
        const keys = Object.keys(left);
        return keys.length === Object.keys(right).length && keys.every((key) => equal(left[key], right[key]));
    }
    return left === right;
}

export function hasSecret(value: Value): boolean {
    return some(value, (item) => item instanceof Secret);
}

export function hasUnknown(value: Value): boolean {
    return some(value, (item) => item === UNKNOWN);
}

/** Plain JSON for people: a secret as `[secret]`, an unknown value as `[unknown]`. */
export function hideSecrets(values: Values): Properties {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hideSecret(value)]));
}

export function hideSecret(value: Value): Json {
    if (value instanceof Secret) return SECRET_TEXT;
    if (value === UNKNOWN) return UNKNOWN_TEXT;
    if (Array.isArray(value)) return value.map(hideSecret);
    return isObject(value) ? hideSecrets(value) : value;
}

/** Every string inside secrets. */
export function secretStrings(value: Value): string[] {
    const found: string[] = [];
    some(value, (item) => {
        if (item instanceof Secret) some(item.value, (inner) => typeof inner === "string" && found.push(inner) < 0);
        return false;
    });
    return found;
}

function some(value: Value, test: (value: Value) => boolean): boolean {
    if (test(value)) return true;
    if (value instanceof Secret) return some(value.value, test);
    if (value === null || typeof value !== "object") return false;
    return Object.values(value).some((item) => some(item, test));
}

/** An object with properties; not a list, a secret or null. */
export function isObject(value: Value | undefined): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

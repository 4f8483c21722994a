/**
 * Pulumi's deployment format, version 3, as `pulumi stack export` writes it and `pulumi stack import` takes it:
 * https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_export/
 */
import { z } from "zod";
import type { Json, Properties } from "../providers/provider";
import type { Resource } from "./resource";
import type { Crypter } from "./secrets";
import { Secret, SECRET, SIGNATURE, type Value, type Values } from "./values";

export type PendingType = "creating" | "updating" | "deleting" | "reading";

/** A step that was under way when the state was written. */
export interface PendingOperation {
    readonly type: PendingType;
    readonly resource: Resource;
}

export interface Checkpoint {
    readonly resources: readonly Resource[];
    readonly pending: readonly PendingOperation[];
}

const properties = z.custom<Properties>((value) => typeof value === "object" && value !== null).default({});
const names = z
    .array(z.string())
    .nullish()
    .transform((list) => list ?? []);
const text = z.string().default("");
const flag = z.boolean().default(false);

const storedResource = z.object({
    urn: z.string(),
    type: z.string(),
    custom: flag,
    id: text,
    inputs: properties,
    outputs: properties,
    parent: text,
    dependencies: names,
    propertyDependencies: z
        .record(z.string(), names)
        .nullish()
        .transform((map) => map ?? {}),
    provider: text,
    protect: flag,
    external: flag,
    deletedWith: text,
    initErrors: names,
    additionalSecretOutputs: names,
    aliases: names,
    delete: flag,
    pendingReplacement: flag,
    created: z.string().optional(),
    modified: z.string().optional(),
});

const storedCheckpoint = z.object({
    version: z.literal(3),
    deployment: z.object({
        secrets_providers: z.object({ type: z.literal("passphrase"), state: z.object({ salt: z.string() }) }),
        resources: z.array(storedResource).default([]),
        pending_operations: z
            .array(
                z.object({ type: z.enum(["creating", "updating", "deleting", "reading"]), resource: storedResource }),
            )
            .default([]),
    }),
});

/** A checkpoint whose secrets are still encrypted. */
export type StoredCheckpoint = z.infer<typeof storedCheckpoint>;
type StoredResource = z.infer<typeof storedResource>;

/** @throws Error saying what is wrong with the text. */
export function parseCheckpoint(text: string): StoredCheckpoint {
    const result = storedCheckpoint.safeParse(JSON.parse(text));
    if (result.success) return result.data;
    throw new Error(result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

export function saltOf(stored: StoredCheckpoint): string {
    return stored.deployment.secrets_providers.state.salt;
}

/** Reads and writes checkpoints of one stack; an unchanged secret keeps its ciphertext. */
export class CheckpointCodec {
    readonly #ciphertexts = new WeakMap<Secret, string>();

    public constructor(private readonly crypter: Crypter) {}

    public decode(stored: StoredCheckpoint): Checkpoint {
        const decrypt = (ciphertext: string): string => this.crypter.decrypt(ciphertext);
        const open = (values: Properties): Values => openValues(values, decrypt, this.#ciphertexts);
        const resource = (item: StoredResource): Resource => ({
            ...item,
            inputs: open(item.inputs),
            outputs: open(item.outputs),
        });
        return {
            resources: stored.deployment.resources.map(resource),
            pending: stored.deployment.pending_operations.map((item) => ({
                type: item.type,
                resource: resource(item.resource),
            })),
        };
    }

    public encode(checkpoint: Checkpoint): string {
        const resource = (item: Resource) =>
            omitEmpty({ ...item, inputs: this.#sealAll(item.inputs), outputs: this.#sealAll(item.outputs) });
        const deployment = {
            manifest: { time: new Date().toISOString(), magic: "", version: "" },
            secrets_providers: { type: "passphrase", state: { salt: this.crypter.salt } },
            resources: checkpoint.resources.map(resource),
            pending_operations: checkpoint.pending.map(({ type, resource: item }) => ({
                resource: resource(item),
                type,
            })),
            metadata: {},
        };
        return `${JSON.stringify({ version: 3, deployment }, undefined, 2)}\n`;
    }

    #sealAll(values: Values): Properties {
        return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, this.#seal(value)]));
    }

    #seal(value: Value): Json {
        if (value === null || typeof value !== "object") return value;
        if (Array.isArray(value)) return value.map((item) => this.#seal(item));
        if (!(value instanceof Secret)) return this.#sealAll(value);
        const known = this.#ciphertexts.get(value);
        const ciphertext = known ?? this.crypter.encrypt(JSON.stringify(this.#seal(value.value)));
        this.#ciphertexts.set(value, ciphertext);
        return { [SIGNATURE]: SECRET, ciphertext };
    }
}

/**
 * Reads stored properties.
 * @param decrypt Turns a ciphertext into JSON text.
 * @param ciphertexts Gets the ciphertext of each secret.
 */
export function openValues(
    values: Properties,
    decrypt: (ciphertext: string) => string,
    ciphertexts = new WeakMap<Secret, string>(),
): Values {
    const open = (value: Json): Value => {
        if (value === null || typeof value !== "object") return value;
        if (Array.isArray(value)) return value.map(open);
        const { [SIGNATURE]: signature, ciphertext } = value;
        if (signature !== SECRET || typeof ciphertext !== "string") return openValues(value, decrypt, ciphertexts);
        const secret = new Secret(open(JSON.parse(decrypt(ciphertext)) as Json));
        ciphertexts.set(secret, ciphertext);
        return secret;
    };
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, open(value)]));
}

/** The text of a checkpoint with its secrets as `pulumi stack export --show-secrets` writes them. */
export function inClear(text: string, decrypt: (ciphertext: string) => string): string {
    const open = (_key: string, value: Json): Json =>
        typeof value === "object" && value !== null && !Array.isArray(value) && typeof value["ciphertext"] === "string"
            ? { [SIGNATURE]: SECRET, plaintext: decrypt(value["ciphertext"]) }
            : value;
    return `${JSON.stringify(JSON.parse(text, open), undefined, 2)}\n`;
}

/** Whether secrets of a deployment are in clear, as `pulumi stack export --show-secrets` writes them. */
export function showsSecrets(text: string): boolean {
    return text.includes(SECRET) && text.includes('"plaintext"');
}

/** The text of a deployment, with the secrets that {@link showsSecrets} encrypted. @throws Error when it is no JSON. */
export function sealed(text: string, crypter: Crypter): string {
    const close = (_key: string, value: Json): Json =>
        typeof value === "object" && value !== null && !Array.isArray(value) && typeof value["plaintext"] === "string"
            ? { [SIGNATURE]: SECRET, ciphertext: crypter.encrypt(value["plaintext"]) }
            : value;
    const { version, deployment } = exported.parse(JSON.parse(text, close));
    const secretsProviders = { type: "passphrase", state: { salt: crypter.salt } };
    const own = { ...deployment, secrets_providers: secretsProviders };
    return `${JSON.stringify({ version, deployment: own }, undefined, 2)}\n`;
}

const exported = z.object({ version: z.number(), deployment: z.record(z.string(), z.unknown()) });

/** Drops what the format leaves out: "", false, empty lists and objects. `urn`, `custom` and `type` always stay. */
function omitEmpty(resource: object): object {
    const required = new Set(["urn", "custom", "type"]);
    return Object.fromEntries(
        Object.entries(resource).filter(([key, value]: [string, unknown]) => {
            const holds = typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
            return holds || required.has(key);
        }),
    );
}

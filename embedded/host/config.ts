/** The configuration that a program sees: Pulumi.yaml's values and defaults under the stack's own. */
import { type Problem, ProblemsError } from "../../shared/problems";
import type { Declaration, Project, StackSettings } from "../../hosts/interface/project";
import type { Json } from "./providers/provider";
import type { Crypter } from "./state/secrets";

export interface Config {
    /** Values as the SDK reads them from PULUMI_CONFIG, by full key; structures as JSON text. */
    readonly values: Readonly<Record<string, string>>;
    /** Keys whose values are secret: PULUMI_CONFIG_SECRET_KEYS. */
    readonly secretKeys: readonly string[];
}

/**
 * @param overrides Values of the host, by full key; they win.
 * @param crypter Opens `secure:` values; absent when the stack has none.
 * @throws ProblemsError for each value that is missing, of another type than declared, or cannot be decrypted.
 */
export function resolveConfig(
    project: Project,
    settings: StackSettings,
    overrides: Readonly<Record<string, string>>,
    crypter: Crypter | undefined,
): Config {
    const problems: Problem[] = [];
    const values: Record<string, string> = {};
    const secretKeys: string[] = [];
    for (const key of new Set([...project.declarations.keys(), ...settings.config.keys(), ...Object.keys(overrides)])) {
        const subject = `${settings.file}: config.${key}`;
        const declared = project.declarations.get(key);
        const found = overrides[key] ?? settings.config.get(key) ?? declared?.value ?? declared?.default;
        if (found === undefined) {
            const fix = `Set it with \`pulumi config set ${key} …\` or in the file.`;
            problems.push({ subject, rule: "the project needs this value and gives no default", fix });
            continue;
        }
        try {
            const secure = hasSecure(found);
            const value = secure ? decryptAll(found, crypter) : found;
            if (declared?.type !== undefined && !isOf(declared.type, value)) {
                const shown = secure ? {} : { value: text(value) };
                const rule = `Pulumi.yaml declares it as ${declared.type}`;
                problems.push({ subject, ...shown, rule, fix: `Give a value of type ${declared.type}.` });
            }
            values[key] = text(value);
            if (secure || declared?.secret === true) secretKeys.push(key);
        } catch {
            const fix = "Set it again with `pulumi config set --secret`.";
            problems.push({
                subject,
                rule: "the secret was not encrypted under this stack's passphrase and salt",
                fix,
            });
        }
    }
    if (problems.length > 0) throw new ProblemsError(problems);
    return { values, secretKeys };
}

/** Whether a value is, or holds, `{secure: <ciphertext>}`. */
export function hasSecure(value: Json): boolean {
    if (value === null || typeof value !== "object") return false;
    return ciphertext(value) !== undefined || Object.values(value).some(hasSecure);
}

function ciphertext(value: Json): string | undefined {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
    return Object.keys(value).length === 1 && typeof value["secure"] === "string" ? value["secure"] : undefined;
}

function decryptAll(value: Json, crypter: Crypter | undefined): Json {
    const sealed = ciphertext(value);
    if (sealed !== undefined) {
        if (crypter === undefined) throw new Error("a secret without encryptionsalt");
        return crypter.decrypt(sealed);
    }
    if (Array.isArray(value)) return value.map((item) => decryptAll(item, crypter));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decryptAll(item, crypter)]));
}

function text(value: Json): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

function isOf(type: NonNullable<Declaration["type"]>, value: Json): boolean {
    const parsed = type === "string" || typeof value !== "string" ? value : parseJson(value);
    switch (type) {
        case "string":
            return typeof value !== "object";
        case "boolean":
            return typeof parsed === "boolean";
        case "integer":
            return Number.isInteger(parsed);
        case "array":
            return Array.isArray(parsed);
        case "object":
            return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    }
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

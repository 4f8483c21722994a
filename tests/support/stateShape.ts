/** What two states of one program must have in common, however different the keys, addresses and times in them are. */
import { z } from "zod";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

const state = z.object({
    deployment: z.object({
        resources: z.array(z.looseObject({ urn: z.string() })),
    }),
});

/** Of a resource: what the engine must know to change and to delete it. */
const COMPARED = ["custom", "parent", "protect", "deletedWith", "additionalSecretOutputs", "aliases"];

/**
 * What Pulumi's Kubernetes plugin records beyond the embedded host, and neither needs: who manages which field, and the
 * inputs once more, in which the embedded host calls all secret as soon as one of them is. It records no inputs of an
 * object that is only read.
 */
const OF_ONE_HOST = /^output \.(metadata\.managedFields|__inputs)\b/;

/** A stack's reference to itself holds what the `up` before left, and nothing the first time. */
const OF_THE_UP_BEFORE = /:StackReference::/;

/**
 * @param text A state, as `pulumi stack export --show-secrets` writes it.
 * @returns Lines, by resource: the engine's facts, what depends on what, and the names of all inputs and outputs with
 *     their types, where a secret is called one.
 */
export function shapeOf(text: string): string[] {
    const { resources } = state.parse(JSON.parse(text)).deployment;
    return resources
        .filter(({ urn }) => !OF_THE_UP_BEFORE.test(urn))
        .flatMap(({ urn, ...resource }) =>
            [
                ...COMPARED.map((name) => `${name} ${JSON.stringify(plain(resource[name]))}`),
                `provider ${z
                    .string()
                    .default("")
                    .parse(resource["provider"])
                    .replace(/::[^:]*$/, "")}`,
                ...z
                    .array(z.string())
                    .default([])
                    .parse(resource["dependencies"])
                    .map((other) => `needs ${other}`),
                ...(resource["external"] === true ? [] : paths(resource["inputs"], "input ")),
                ...paths(resource["outputs"], "output ").filter((path) => !OF_ONE_HOST.test(path)),
            ].map((fact) => `${urn} ${fact}`),
        )
        .sort();
}

/** Lines of one only: `- ` of the first, `+ ` of the second. */
export function difference(first: readonly string[], second: readonly string[]): string[] {
    const [left, right] = [new Set(first), new Set(second)];
    return [
        ...first.filter((line) => !right.has(line)).map((line) => `- ${line}`),
        ...second.filter((line) => !left.has(line)).map((line) => `+ ${line}`),
    ];
}

function plain(value: unknown): unknown {
    return value === undefined || value === false || (Array.isArray(value) && value.length === 0) ? null : value;
}

function paths(value: unknown, at: string): string[] {
    if (typeof value !== "object" || value === null) return [`${at}: ${value === null ? "null" : typeof value}`];
    if (SIGNATURE in value) return [`${at}: secret`];
    if (Array.isArray(value)) return value.flatMap((item, index) => paths(item, `${at}[${index}]`));
    return Object.entries(value).flatMap(([name, item]) => paths(item, `${at}.${name}`));
}

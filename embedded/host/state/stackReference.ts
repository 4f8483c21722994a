/** Outputs of the sibling stacks of one home. https://www.pulumi.com/docs/iac/concepts/stacks/#stackreferences */
import { openValues, saltOf } from "./checkpoint";
import { type Project, readStackSettings } from "../../../hosts/interface/project";
import type { Provider, ProviderPackage, ReadResult } from "../providers/provider";
import type { Resource } from "./resource";
import type { Crypters } from "./secrets";
import { readState, stateFilePath } from "./stateFile";
import { STACK_TYPE } from "./urns";
import { hasSecret, isObject, revealValue, Secret, SECRET, type Values } from "./values";

export const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";

/** What Pulumi's DIY backends call the organization; the embedded host is one of them. */
export const ORGANIZATION = "organization";

/** Serves the package `pulumi`, which has this one resource. */
export function stackReferencePackage(project: Project, home: string, crypters: Crypters): ProviderPackage {
    const onlyRead = (): never => {
        throw new Error(`${STACK_REFERENCE_TYPE} can only be read`);
    };
    const noChange = { changed: [], replace: [], deleteBeforeReplace: false };
    const provider: Provider = {
        serves: (type) => type === STACK_REFERENCE_TYPE,
        check: onlyRead,
        diff: onlyRead,
        create: onlyRead,
        update: onlyRead,
        delete: onlyRead,
        read: (operation, name) => readStackReference(project, home, crypters, name, operation.progress),
    };
    return {
        name: "pulumi",
        version: "",
        checkConfig: (inputs) => inputs,
        diffConfig: () => noChange,
        configure: () => provider,
    };
}

async function readStackReference(
    project: Project,
    home: string,
    crypters: Crypters,
    name: string,
    progress: (line: string) => void,
): Promise<ReadResult> {
    const stack = siblingName(project, name);
    const outputs = await readOutputs(home, stack, crypters, progress);
    // What `pulumi stack init` leaves, a settings file, makes a stack known before its first update.
    if (outputs === undefined && !(await readStackSettings(project, stack)).exists) {
        throw new Error(`unknown stack "${name}": write Pulumi.${stack}.yaml or bring the stack up first`);
    }
    const secretNames = Object.entries(outputs ?? {}).flatMap(([key, value]) => (hasSecret(value) ? [key] : []));
    return {
        id: name,
        inputs: { name },
        outputs: { name, outputs: revealValue(outputs ?? {}), secretOutputNames: secretNames },
        secretOutputs: secretNames.length > 0 ? ["outputs"] : [],
    };
}

/**
 * Of the outputs of a reference, those that are secret in the stack itself: of all the others, such as the names of its
 * clusters, only the whole is. Undefined for what is no reference.
 */
export function secretOutputs({ outputs, secretOutputNames }: Values): Values | undefined {
    if (!Array.isArray(secretOutputNames)) return undefined;
    const all = outputs instanceof Secret ? outputs.value : outputs;
    return isObject(all)
        ? Object.fromEntries(
              Object.entries(all).flatMap(([name, value]) =>
                  secretOutputNames.includes(name) ? [[name, new Secret(value)]] : [],
              ),
          )
        : {};
}

/** `<organization>/<project>/<stack>` or `<stack>`. */
function siblingName(project: Project, name: string): string {
    const parts = name.split("/");
    const stack = parts.at(-1) ?? name;
    const known = parts.length === 1 || (parts.length === 3 && parts[0] === ORGANIZATION && parts[1] === project.name);
    if (known) return stack;
    const expected = `${ORGANIZATION}/${project.name}/${stack}`;
    throw new Error(`unknown stack "${name}": the embedded host knows only stacks of this project, as ${expected}`);
}

/**
 * The outputs of a stack, or undefined when it was never updated. Secrets under another passphrase become empty
 * objects, as with Pulumi.
 */
async function readOutputs(
    home: string,
    stack: string,
    crypters: Crypters,
    progress: (line: string) => void,
): Promise<Values | undefined> {
    const file = stateFilePath(home, stack);
    const stored = await readState(file);
    if (stored === undefined) return undefined;
    const outputs = stored.deployment.resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
    const sealed = JSON.stringify(outputs).includes(SECRET);
    const crypter = sealed ? await crypters.open(saltOf(stored), file).catch(() => undefined) : undefined;
    if (sealed && crypter === undefined) progress(`${file} is under another passphrase: its secrets are left out`);
    return openValues(outputs, (ciphertext) => crypter?.decrypt(ciphertext) ?? "{}");
}

/** The outputs that a stack's program exported, from its recorded resources. */
export function stackOutputsOf(resources: readonly Resource[]): Values {
    return resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
}

/** Names of resources. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */

export const STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";

export interface Urn {
    readonly stack: string;
    readonly project: string;
    /** Types of the parents and its own, joined by `$`. */
    readonly qualifiedType: string;
    readonly type: string;
    readonly name: string;
}

export function parseUrn(urn: string): Urn {
    const [start = "", project = "", qualifiedType = "", ...name] = urn.split("::");
    return {
        stack: start.slice("urn:pulumi:".length),
        project,
        qualifiedType,
        type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
        name: name.join("::"),
    };
}

/** @param parent URN, or "" for none. A child of the stack itself does not carry the stack's type. */
export function makeUrn(stack: string, project: string, parent: string, type: string, name: string): string {
    const above = parent === "" ? "" : parseUrn(parent).qualifiedType;
    const qualified = above === "" || above === STACK_TYPE ? type : `${above}$${type}`;
    return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

export function isProviderType(type: string): boolean {
    return type.startsWith(PROVIDER_PREFIX);
}

export function providerType(packageName: string): string {
    return PROVIDER_PREFIX + packageName;
}

/** Name of the package that serves a type: `kubernetes` of `kubernetes:core/v1:Secret` and of its provider's type. */
export function packageOf(type: string): string {
    return isProviderType(type) ? type.slice(PROVIDER_PREFIX.length) : (type.split(":")[0] ?? type);
}

/** A reference to a provider resource, as resources record it: `urn::id`. */
export function splitReference(reference: string): { readonly urn: string; readonly id: string } {
    const at = reference.lastIndexOf("::");
    return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

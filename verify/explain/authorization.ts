/**
 * Whether policies let a request in. https://istio.io/latest/docs/reference/config/security/authorization-policy/
 * What depends on more than is known here, such as a header or an address, is `maybe`.
 */
import type { AuthorizationPolicy, AuthorizationRule } from "../observe/istioResources";

export interface Caller {
    /** `cluster.local/ns/shop/sa/webapp`; undefined where nothing proves it. */
    readonly principal: string | undefined;
    readonly namespace: string;
    readonly port: number;
    /** Header Host; undefined where it is not known, as all that follows. */
    readonly host: string | undefined;
    readonly method: string | undefined;
    readonly path: string | undefined;
}

type Certainty = "yes" | "no" | "maybe";

export interface Verdict {
    readonly allowed: Certainty;
    /** The policy that decides, where one does. */
    readonly by?: AuthorizationPolicy;
    /** The field that decides, e.g. `spec.rules`. */
    readonly field?: string;
    readonly reason: string;
}

/** @param policies Those that apply to the pod. */
export function judgeAccess(policies: readonly AuthorizationPolicy[], caller: Caller): Verdict {
    const of = (action: string) => policies.filter(({ spec }) => spec.action === action);
    for (const policy of of("DENY")) {
        const rules = policy.spec.rules ?? [];
        const index = rules.findIndex((rule) => matches(rule, caller) === "yes");
        if (index >= 0)
            return { allowed: "no", by: policy, field: `spec.rules[${index}]`, reason: "it denies the request" };
    }
    const allowing = of("ALLOW");
    const found = allowing.flatMap(({ spec: { rules = [] } }) => rules.map((rule) => matches(rule, caller)));
    const [only] = allowing;
    if (only !== undefined && !found.some((one) => one !== "no")) {
        const hasRules = allowing.some(({ spec: { rules = [] } }) => rules.length > 0);
        const reason = hasRules
            ? "an ALLOW policy applies to the pod, and no rule of any allows this request"
            : "it has no rules, and so allows nothing";
        return { allowed: "no", by: only, field: "spec.rules", reason };
    }
    const uncertain =
        of("CUSTOM").length > 0 ||
        of("DENY").some(({ spec: { rules = [] } }) => rules.some((rule) => matches(rule, caller) === "maybe")) ||
        (allowing.length > 0 && !found.includes("yes"));
    return uncertain
        ? { allowed: "maybe", reason: "a policy looks at what is not known here, such as a header or an address" }
        : { allowed: "yes", reason: policies.length === 0 ? "no policy applies" : "the policies allow it" };
}

function matches({ from, to, when }: AuthorizationRule, caller: Caller): Certainty {
    const ofSources = any(from?.map(({ source }) => matchesSource(source, caller)));
    const ofOperations = any(to?.map(({ operation }) => matchesOperation(operation, caller)));
    return all([ofSources, ofOperations, when === undefined || when.length === 0 ? "yes" : "maybe"]);
}

type Source = NonNullable<AuthorizationRule["from"]>[number]["source"];
type Operation = NonNullable<AuthorizationRule["to"]>[number]["operation"];

function matchesSource(source: Source, { principal, namespace }: Caller): Certainty {
    const [, account = ""] = /\/sa\/(.+)$/.exec(principal ?? "") ?? [];
    const { principals, notPrincipals, namespaces, notNamespaces, serviceAccounts, ...others } = source;
    return all([
        within(principals, principal),
        without(notPrincipals, principal),
        within(namespaces, principal === undefined ? undefined : namespace),
        without(notNamespaces, principal === undefined ? undefined : namespace),
        serviceAccounts === undefined
            ? "yes"
            : flag(serviceAccounts.some((one) => [account, `${namespace}/${account}`].includes(one))),
        Object.values(others).some((values) => (values?.length ?? 0) > 0) ? "maybe" : "yes",
    ]);
}

function matchesOperation(operation: Operation, { port, host, method, path }: Caller): Certainty {
    const { ports, notPorts, methods, notMethods, paths, notPaths, hosts, notHosts } = operation;
    return all([
        within(ports, String(port)),
        without(notPorts, String(port)),
        known(method, methods, notMethods),
        known(path, paths, notPaths),
        known(host && lower(host), hosts?.map(lower), notHosts?.map(lower)),
    ]);
}

function lower(text: string): string {
    return text.toLowerCase();
}

function within(patterns: readonly string[] | undefined, value: string | undefined): Certainty {
    if (patterns === undefined) return "yes";
    return flag(value !== undefined && patterns.some((pattern) => fits(pattern, value)));
}

function known(
    value: string | undefined,
    patterns: readonly string[] | undefined,
    others: readonly string[] | undefined,
): Certainty {
    if (value === undefined && (patterns ?? others) !== undefined) return "maybe";
    return all([within(patterns, value), without(others, value)]);
}

function without(patterns: readonly string[] | undefined, value: string | undefined): Certainty {
    return patterns === undefined ? "yes" : flag(within(patterns, value) === "no");
}

/** A prefix, a suffix, anything that is there, or the whole. */
function fits(pattern: string, value: string): boolean {
    if (pattern.includes("{"))
        return new RegExp(`^${pattern.replace("{**}", ".*").replaceAll("{*}", "[^/]*")}$`).test(value);
    if (pattern.endsWith("*")) return value.startsWith(pattern.slice(0, -1));
    return pattern.startsWith("*") ? value.endsWith(pattern.slice(1)) : pattern === value;
}

function flag(holds: boolean): Certainty {
    return holds ? "yes" : "no";
}

function all(parts: readonly Certainty[]): Certainty {
    if (parts.includes("no")) return "no";
    return parts.includes("maybe") ? "maybe" : "yes";
}

/** None at all restricts nothing. */
function any(parts: readonly Certainty[] | undefined): Certainty {
    if (parts === undefined || parts.length === 0 || parts.includes("yes")) return "yes";
    return parts.includes("maybe") ? "maybe" : "no";
}

/** How a service is used: what is wrong with its ports, callers, locality, outlier detection and retries. Free of the SDK. */
import type { ClientPolicyArgs, SharedServiceArgs } from "../sharedServiceArgs";
import { isDnsLabel } from "./rules";
import type { ValueProblem } from "./values/problem";

const GATEWAY_LABELS = ["topology.istio.io/network", "topology.istio.io/cluster"];
const POD_LABELS = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
const DURATION = /^\d+(\.\d+)?(h|m|s|ms)$/;

type Policy = ClientPolicyArgs & Pick<SharedServiceArgs, "ports" | "callers">;

/**
 * What is wrong with a service as such.
 *
 * @param isFlat Whether no gateway is between clients and pods.
 */
export function policyProblems({ ports, callers = [], ...client }: Policy, isFlat: boolean): ValueProblem[] {
    const names = ports.map(({ name }) => name);
    const numbers = ports.map(({ port }) => port);
    const repeated = [...names, ...numbers].filter((each, index, all) => all.indexOf(each) !== index);
    return [
        ...(ports.length === 0 ? [{ path: "ports", rule: "a service has at least one port", fix: "Add one." }] : []),
        ...repeated.map((each) => problem("ports", each, "is the name or the number of two ports", "Change one.")),
        ...ports.flatMap(({ name, port }, index) => [
            ...(isDnsLabel(name) ? [] : [problem(`ports[${index}].name`, name, "must be a DNS label", LABEL)]),
            ...(Number.isInteger(port) && port >= 1 && port <= 65535
                ? []
                : [problem(`ports[${index}].port`, port, "must be a port, from 1 to 65535", "Correct it.")]),
        ]),
        ...callers.flatMap(({ namespace, account = "default" }, index) => [
            ...(isDnsLabel(namespace)
                ? []
                : [problem(`callers[${index}].namespace`, namespace, "must be a DNS label", LABEL)]),
            // Names of accounts may have dots: https://kubernetes.io/docs/concepts/security/service-accounts/
            ...(account.split(".").every(isDnsLabel)
                ? []
                : [problem(`callers[${index}].account`, account, "must be the name of a service account", LABEL)]),
        ]),
        ...localityProblems(client, isFlat),
        ...outlierProblems(client),
        ...durationProblem("connectTimeout", client.connectTimeout),
        ...retryProblems(client),
    ];
}

/** What to do about what is no DNS label. */
export const LABEL = "Use lower-case letters, digits and hyphens, a letter or digit at both ends.";

export function problem(path: string, value: unknown, rule: string, fix: string): ValueProblem {
    return { path, value: JSON.stringify(value), rule, fix };
}

function localityProblems({ locality = {} }: ClientPolicyArgs, isFlat: boolean): ValueProblem[] {
    const { enabled, failoverPriority = [], failover, distribute } = locality;
    const labels = failoverPriority.map((label) => label.replace(/=.*/, ""));
    const others = { failoverPriority: locality.failoverPriority, failover };
    const beside = Object.entries(others).filter(([, value]) => distribute !== undefined && value !== undefined);
    const first = labels[0];
    return [
        ...(enabled === false && Object.keys(locality).length > 1
            ? [problem("locality.enabled", enabled, "is off, and what is set beside it says nothing", "Remove one.")]
            : []),
        ...labels
            .filter((label) => ![...GATEWAY_LABELS, ...POD_LABELS].includes(label))
            .map((label) =>
                problem(
                    "locality.failoverPriority",
                    label,
                    "is a label that no endpoint behind another network's gateway has, so it never matches there (https://github.com/istio/istio/issues/49500)",
                    `Use ${[...GATEWAY_LABELS, ...POD_LABELS].join(", ")}.`,
                ),
            ),
        ...(!isFlat && first !== undefined && POD_LABELS.includes(first)
            ? [
                  problem(
                      "locality.failoverPriority",
                      first,
                      "comes first, and endpoints behind another network's gateway lack it: all of them would be last, near or far (https://github.com/istio/istio/issues/49500)",
                      "Put topology.istio.io/network or topology.istio.io/cluster before it; or use `failover`, which goes by the localities of the pods.",
                  ),
              ]
            : []),
        ...beside.map(([key]) =>
            problem(
                `locality.${key}`,
                others[key === "failover" ? "failover" : "failoverPriority"],
                "is an order, and `distribute` gives fixed shares (https://github.com/istio/istio/issues/35124)",
                "Remove one of the two.",
            ),
        ),
        ...(failover ?? [])
            .filter(({ from, to }) => from === to)
            .map(({ from }) =>
                problem("locality.failover", from, "goes over to where it comes from", "Name another region."),
            ),
        ...(distribute ?? []).flatMap(({ from, to }) => {
            const sum = Object.values(to).reduce((all, share) => all + share, 0);
            return sum === 100
                ? []
                : [problem("locality.distribute", to, `from ${from} comes to ${sum} percent`, "Make it 100.")];
        }),
    ];
}

function outlierProblems({ outlierDetection = {} }: ClientPolicyArgs): ValueProblem[] {
    const { consecutive5xxErrors: errors, maxEjectionPercent: percent } = outlierDetection;
    return [
        ...(errors !== undefined && !(Number.isInteger(errors) && errors >= 1)
            ? [
                  problem(
                      "outlierDetection.consecutive5xxErrors",
                      errors,
                      "must be a whole number, at least 1: without outlier detection clients never go over to another cluster (https://github.com/istio/istio/issues/33024)",
                      "Correct it.",
                  ),
              ]
            : []),
        ...(percent !== undefined && !(percent >= 1 && percent <= 100)
            ? [problem("outlierDetection.maxEjectionPercent", percent, "must be from 1 to 100", "Correct it.")]
            : []),
        ...(["interval", "baseEjectionTime"] as const).flatMap((key) =>
            durationProblem(`outlierDetection.${key}`, outlierDetection[key]),
        ),
    ];
}

function retryProblems({ retries }: ClientPolicyArgs): ValueProblem[] {
    if (retries === undefined) return [];
    const { attempts, perTryTimeout } = retries;
    return [
        ...(Number.isInteger(attempts) && attempts >= 0
            ? []
            : [problem("retries.attempts", attempts, "must be a whole number, at least 0", "Correct it.")]),
        ...durationProblem("retries.perTryTimeout", perTryTimeout),
    ];
}

function durationProblem(path: string, value: string | undefined): ValueProblem[] {
    return value === undefined || DURATION.test(value)
        ? []
        : [problem(path, value, "must be a duration", "Write it like 500ms, 10s or 1m.")];
}

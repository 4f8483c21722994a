/** When an object counts as ready, as Pulumi judges it (https://www.pulumi.com/docs/iac/clouds/kubernetes/guides/await-logic/). */
import type { Json, Properties } from "../provider";
import { arrayAt, isObject, numberAt, objectAt, textAt, valueAt } from "../../../apiServer/json";
import { annotation, identityOf } from "./objects";

/** `undefined`: ready. Otherwise what is missing; `failed` where waiting would not help. */
export type Lack = { readonly missing: string; readonly failed?: boolean } | undefined;

type Rule = (object: Properties) => Lack;

/** Kinds that this program and the charts of Istio and MetalLB make. Objects of other kinds are ready once they are there. */
export const RULES: Readonly<Record<string, Rule>> = {
    "apps/v1/DaemonSet": (object) =>
        rollout(object, numberAt(object, "status", "desiredNumberScheduled") ?? 0, {
            updated: "updatedNumberScheduled",
            available: "numberAvailable",
        }),
    "apps/v1/Deployment": (object) =>
        failedRollout(object) ??
        rollout(object, replicas(object), { updated: "updatedReplicas", available: "availableReplicas" }) ??
        oldPods(object),
    "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => condition(object, "Established"),
    "batch/v1/Job": (object) =>
        isTrue(object, "Failed") ? { ...lack(object, "Complete"), failed: true } : condition(object, "Complete"),
    "v1/Namespace": (object) => {
        const phase = textAt(object, "status", "phase") ?? "unknown";
        return phase === "Active" ? undefined : { missing: `its phase is ${phase}` };
    },
    "v1/Secret": (object) =>
        object["type"] === "kubernetes.io/service-account-token" && Object.keys(objectAt(object, "data")).length === 0
            ? { missing: "the token has not been issued; does its service account exist?" }
            : undefined,
    "v1/Service": (object) => (textAt(object, "spec", "type") === "LoadBalancer" ? address(object) : undefined),
};

/** Whether the object is ready by the program's own `pulumi.com/waitFor`, or by the rule of its kind. */
export function lackOf(object: Properties): Lack {
    const path = annotation(object, "pulumi.com/waitFor");
    if (path !== undefined) return lackOfPath(object, path);
    const { apiVersion, kind } = identityOf(object);
    return RULES[`${apiVersion}/${kind}`]?.(object);
}

/** Whether there is anything to wait for. */
export function awaits(object: Properties): boolean {
    if (annotation(object, "pulumi.com/skipAwait") === "true") return false;
    const { apiVersion, kind } = identityOf(object);
    return annotation(object, "pulumi.com/waitFor") !== undefined || `${apiVersion}/${kind}` in RULES;
}

/** Of a Service that selects pods: its slices are there, and none of its pods is still on its way. */
export function lackOfEndpoints(slices: readonly Json[]): Lack {
    if (slices.length === 0) return { missing: "its endpoints have not been looked up" };
    const pending = slices
        .flatMap((slice) => arrayAt(slice, "endpoints"))
        .filter((endpoint) => objectAt(endpoint, "conditions")["ready"] === false);
    return pending.length === 0 ? undefined : { missing: `${pending.length} of its pods are not ready` };
}

export function selectsPods(service: Properties): boolean {
    const { type, clusterIP, selector } = objectAt(service, "spec");
    return type !== "ExternalName" && clusterIP !== "None" && isObject(selector) && Object.keys(selector).length > 0;
}

function replicas(object: Properties): number {
    return numberAt(object, "spec", "replicas") ?? 1;
}

function rollout(object: Properties, wanted: number, names: { updated: string; available: string }): Lack {
    const status = objectAt(object, "status");
    if (!observed(object)) return { missing: "its controller has not seen it yet" };
    const updated = numberAt(status, names.updated) ?? 0;
    const available = numberAt(status, names.available) ?? 0;
    if (updated < wanted) return { missing: `${updated} of ${wanted} pods are of the new version` };
    return available < wanted ? { missing: `${available} of ${wanted} pods are available` } : undefined;
}

function oldPods(object: Properties): Lack {
    const extra = (numberAt(object, "status", "replicas") ?? 0) - (numberAt(object, "status", "updatedReplicas") ?? 0);
    return extra > 0 ? { missing: `${extra} pods of the old version are left` } : undefined;
}

/** `Progressing` turns false with this reason after `progressDeadlineSeconds`, ten minutes by default. */
function failedRollout(object: Properties): Lack {
    const progressing = conditionOf(object, "Progressing");
    const failed = observed(object) && textAt(progressing, "reason") === "ProgressDeadlineExceeded";
    return failed ? { missing: textAt(progressing, "message") ?? "no progress", failed } : undefined;
}

function observed(object: Properties): boolean {
    const generation = numberAt(object, "metadata", "generation");
    return generation === undefined || (numberAt(object, "status", "observedGeneration") ?? 0) >= generation;
}

function address(object: Properties): Lack {
    const given = arrayAt(object, "status", "loadBalancer", "ingress").length > 0;
    return given ? undefined : { missing: "no load-balancer address; does the cluster have a load balancer?" };
}

function condition(object: Properties, type: string): Lack {
    return textAt(conditionOf(object, type), "status") === "True" ? undefined : lack(object, type);
}

function isTrue(object: Properties, type: string): boolean {
    return textAt(conditionOf(object, type), "status") === "True";
}

/** The conditions of an object that are not as they should be, in its own words. */
function lack(object: Properties, type: string): { missing: string } {
    const own = conditionOf(object, type);
    const said = arrayAt(object, "status", "conditions")
        .filter((entry) => textAt(entry, "status") !== "True" || entry === own || textAt(entry, "type") === "Failed")
        .map((entry) =>
            [textAt(entry, "type"), textAt(entry, "reason"), textAt(entry, "message")].filter(Boolean).join(" "),
        );
    return { missing: [`condition ${type} does not hold`, ...said].join("; ") };
}

function conditionOf(object: Properties, type: string): Json | undefined {
    return arrayAt(object, "status", "conditions").find((entry) => textAt(entry, "type") === type);
}

/**
 * `jsonpath={.data.token}`: a path of plain names that has to lead to something
 * (https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/).
 * @throws Error for another form.
 */
function lackOfPath(object: Properties, form: string): Lack {
    const path = /^jsonpath=\{((?:\.\w+)+)\}$/.exec(form)?.[1];
    if (path === undefined) {
        throw new Error(`the embedded host serves pulumi.com/waitFor as jsonpath={.a.b} only, not as ${form}`);
    }
    const found = valueAt(object, ...path.split(".").slice(1));
    return found === undefined ? { missing: `there is no ${path}` } : undefined;
}

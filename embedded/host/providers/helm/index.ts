/** helm.v3.Release: installed, upgraded and removed by helm; waited for here, which is quicker and says more. */
import {
    NotReadyError,
    UNKNOWN,
    type Diff,
    type Operation,
    type Properties,
    type Provider,
    type ReadResult,
    type ResourceState,
    type Result,
} from "../provider";
import { objectAt, textAt } from "../../../apiServer/json";
import { changedNames, NO_CHANGE } from "../inputs";
import { reachable, type KubernetesApi } from "../../../apiServer/api";
import { parseId } from "../kubernetes/objects";
import { diagnose } from "../kubernetes/diagnose";
import { waitForAll, WaitError } from "../kubernetes/wait";
import { HelmError, installArguments, runHelm } from "./command";
import { checkRelease, parseRelease, type Release } from "./inputs";
import { findRelease, resourceNames, type ReleaseRecord } from "./record";

export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** The helm binary, and where its calls put what they need. */
export interface Helm {
    readonly binary: string;
    /** Folder below the home of the mesh. */
    readonly scratch: string;
}

/** A cluster, and what installs into it. */
interface HelmTarget extends Helm {
    readonly api: KubernetesApi;
}

export interface ReleaseOptions {
    /** Absent while a preview does not know the cluster yet. */
    readonly api: KubernetesApi | undefined;
    readonly helm: () => Promise<Helm>;
    /** Namespace of a release that names none. */
    readonly namespace: string;
}

export function releaseProvider({ api, helm, namespace }: ReleaseOptions): Provider {
    const target = async () => ({ api: reachable(api), ...(await helm()) });
    return {
        serves: (type) => type === RELEASE,
        check: (operation, olds, news) => checkRelease(operation, olds, news, namespace),
        diff: (_operation, old, news) => Promise.resolve(diffRelease(old, news)),
        async create(operation, inputs) {
            if (operation.preview) return plannedRelease("", inputs);
            return install(await target(), operation, inputs, !operation.interrupted);
        },
        async update(operation, old, news) {
            if (operation.preview) return plannedRelease(old.id, news);
            return install(await target(), operation, news, false);
        },
        read(_operation, id, old) {
            if (api === undefined) return Promise.resolve({ id, inputs: {}, outputs: {} });
            return readRelease(api, id, old);
        },
        delete: async (operation, old) => uninstall(await target(), operation, old),
    };
}

function diffRelease(old: ResourceState, news: Properties): Diff {
    const changed = changedNames(old.inputs, news);
    return { ...NO_CHANGE, changed, replace: changed.filter((name) => name === "name" || name === "namespace") };
}

function plannedRelease(id: string, inputs: Properties): Result {
    return {
        id,
        outputs: { ...inputs, resourceNames: UNKNOWN, status: UNKNOWN, __inputs: inputs },
        secretOutputs: ["__inputs"],
    };
}

/** @param fresh No release of this name may be there yet. */
async function install(target: HelmTarget, operation: Operation, inputs: Properties, fresh: boolean): Promise<Result> {
    const release = parseRelease(inputs);
    if (!fresh) await unlock(target.api, operation, release);
    const failure = await attempt(HelmError, () =>
        call(target, operation, installArguments(release, fresh), JSON.stringify(release.values)),
    );
    const what = `Release ${release.namespace}/${release.name}`;
    if (failure?.message.includes("cannot reuse a name")) {
        throw new Error(`${what} exists already and is not this stack's. Uninstall it, or give this one another name`);
    }
    const record = await findRelease(target.api, release.namespace, release.name);
    if (record === undefined) throw new Error(`${what}: ${failure?.message ?? "helm recorded no release"}`);
    const done = result(inputs, record);
    const patience = { ...operation, seconds: failure ? 0 : release.timeout || 300 };
    const lack = await attempt(WaitError, () => waitForAll(target.api, what, objectsIn(release, record), patience));
    const message = failure ? `${what}: ${failure.message}` : lack?.message;
    if (message === undefined) return done;
    const reasons = await Promise.all((lack?.last ?? []).map((object) => diagnose(target.api, object)));
    throw new NotReadyError(message, done, [...new Set(reasons.flat())]);
}

/** The error of this kind that work ends with, if it does. */
async function attempt<E extends Error>(
    kind: abstract new (...args: never[]) => E,
    work: () => Promise<unknown>,
): Promise<E | undefined> {
    try {
        await work();
    } catch (error) {
        if (error instanceof kind) return error;
        throw error;
    }
    return undefined;
}

/** Objects to wait for; a chart may leave out the namespace that they land in. */
function objectsIn(release: Release, record: ReleaseRecord): Properties[] {
    return record.objects
        .filter((object) => object["kind"] !== "Job")
        .map((object) => ({
            ...object,
            metadata: { namespace: release.namespace, ...objectAt(object, "metadata") },
        }));
}

/**
 * A helm that was killed leaves its release pending, and helm refuses it for ever. Without that record an upgrade goes
 * on: it takes over the objects that carry the release's own labels.
 */
async function unlock(api: KubernetesApi, operation: Operation, { namespace, name }: Release): Promise<void> {
    const record = await findRelease(api, namespace, name);
    if (!record?.status.startsWith("pending-")) return;
    operation.progress(`Release ${namespace}/${name} was left ${record.status}; continuing it`);
    await api.request("DELETE", record.path);
}

async function readRelease(
    api: KubernetesApi,
    id: string,
    old: ResourceState | undefined,
): Promise<ReadResult | undefined> {
    const { namespace = "default", name } = parseId(id);
    const record = await findRelease(api, namespace, name);
    if (record === undefined) return undefined;
    const live = { values: record.values, version: record.summary["version"] ?? "" };
    const recorded = objectAt(old?.outputs, "status")["revision"];
    const known = old?.inputs ?? { name, namespace, chart: record.summary["chart"] ?? "", ...live };
    const inputs = recorded === undefined || recorded === record.summary["revision"] ? known : { ...known, ...live };
    return { ...result(inputs, record), inputs };
}

async function uninstall(target: HelmTarget, operation: Operation, old: ResourceState): Promise<void> {
    const { namespace, name, timeout } = parseRelease(old.inputs);
    if ((await findRelease(target.api, namespace, name)) === undefined) return;
    const wait = ["--wait", "--timeout", `${timeout || 300}s`];
    await call(target, operation, ["uninstall", name, "--namespace", namespace, "--ignore-not-found", ...wait]);
}

function result(inputs: Properties, record: ReleaseRecord): Result {
    return {
        id: `${textAt(record.summary, "namespace") ?? ""}/${textAt(record.summary, "name") ?? ""}`,
        outputs: {
            ...inputs,
            version: record.summary["version"] ?? "",
            resourceNames: resourceNames(record.objects),
            status: record.summary,
            __inputs: inputs,
        },
        secretOutputs: ["__inputs"],
    };
}

function call(target: HelmTarget, operation: Operation, args: readonly string[], input = ""): Promise<string> {
    const { api, ...helm } = target;
    const { workingDirectory, signal } = operation;
    return runHelm({ ...helm, args, input, kubeconfig: api.kubeconfig.yaml, workingDirectory, signal });
}

/** Brings a probe's pods up in one cluster, and says what keeps them from it. */
import { ObservationError } from "../observe";
import { isSelected } from "../observe/meshConfig";
import { PROXY_CONTAINER } from "../observe/istio";
import { isReady } from "../observe/objects";
import { manifests, ROLES, type ProbePlan } from "./manifests";
import type { ProbeSite } from "./site";
import { anySignal } from "../../shared/signals";

const READY_SECONDS = 60;
/** Reasons of a waiting container that no further waiting changes. https://kubernetes.io/docs/concepts/containers/images */
const NO_IMAGE = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"];

interface Container {
    readonly name: string;
}

interface ContainerStatus extends Container {
    readonly image: string;
    readonly ready: boolean;
    readonly state?: { readonly [phase in "waiting" | "terminated"]?: { readonly reason?: string } };
}

/** What is read of a pod. */
export interface PodState {
    readonly metadata?: { readonly name?: string };
    readonly spec?: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
        readonly containerStatuses?: readonly ContainerStatus[];
        readonly initContainerStatuses?: readonly ContainerStatus[];
    };
}

/** Pods of a probe in one cluster, after the wait for them. */
export interface Workloads {
    readonly cluster: string;
    readonly seconds: number;
    /** Names of pods that should have a sidecar and have none. */
    readonly withoutSidecar: readonly string[];
    /** What was not ready within the limit: `pod: reason`. */
    readonly notReady: readonly string[];
    /** Whether a sidecar is among it. */
    readonly sidecarNotReady: boolean;
    /** Set where discoverySelectors leave the probe's namespace out, so that nothing was made. */
    readonly isUnread?: true;
}

/**
 * Makes everything in one cluster and waits until its pods are ready, which is bounded.
 * @throws ObservationError when the API server refuses, the image cannot be had, or `signal` ends the wait.
 */
export async function bringUp(
    site: ProbeSite,
    plan: Omit<ProbePlan, "cluster" | "revision" | "domain" | "ingress" | "selectors" | "closed">,
    signal?: AbortSignal,
): Promise<Workloads> {
    goOn(signal, `${site.name}: the run was ended before the probe began`);
    const start = performance.now();
    const own = {
        cluster: site.name,
        revision: await site.revision(),
        domain: await site.domain(),
        ingress: site.declared.ingressAddress !== undefined,
        selectors: await site.discoverySelectors(),
        closed: await site.closedGateways(),
    };
    const [namespace, ...rest] = manifests({ ...plan, ...own });
    if (!isSelected(own.selectors, namespace.metadata.labels ?? {})) {
        return {
            cluster: site.name,
            seconds: 0,
            withoutSidecar: [],
            notReady: [],
            sidecarNotReady: false,
            isUnread: true,
        };
    }
    await site.create(namespace);
    // A pod needs its account, and its sidecar is to have its configuration from the start.
    const pods = rest.filter(({ kind }) => kind === "Pod");
    await Promise.all(rest.filter((object) => !pods.includes(object)).map((object) => site.create(object)));
    await Promise.all(pods.map((pod) => site.create(pod)));
    const look = (found: readonly PodState[]): Workloads =>
        stateOf(site.name, found, (performance.now() - start) / 1000);
    let last = look([]);
    await site.followPods(
        (found) => {
            last = look(found);
            return last.notReady.length === 0 || last.withoutSidecar.length > 0;
        },
        anySignal(signal === undefined ? [] : [signal], READY_SECONDS * 1000),
    );
    goOn(signal, `${site.name}: the run was ended while it waited for ${last.notReady.join(", ")}`);
    return last;
}

function goOn(signal: AbortSignal | undefined, otherwise: string): void {
    if (signal?.aborted === true) {
        throw new ObservationError(otherwise);
    }
}

/** @throws ObservationError for an image that cannot be had, which says nothing about the mesh. */
export function stateOf(cluster: string, pods: readonly PodState[], seconds: number): Workloads {
    const states = ROLES.map((role) => {
        const pod = pods.find(({ metadata }) => metadata?.name === role);
        const containers = [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])];
        const statuses = [...(pod?.status?.containerStatuses ?? []), ...(pod?.status?.initContainerStatuses ?? [])];
        const lacks =
            pod !== undefined && role !== "outsider" && !containers.some(({ name }) => name === PROXY_CONTAINER);
        return {
            role,
            lacks,
            ready: pod !== undefined && isReady(pod),
            waiting: statuses.filter(({ ready }) => !ready),
            pod,
        };
    });
    const image = states.flatMap(({ waiting }) => waiting).find(({ state }) => NO_IMAGE.includes(reasonOf(state)));
    if (image !== undefined) {
        throw new ObservationError(
            `${cluster}: image ${image.image} cannot be had (${reasonOf(image.state)}); --probe-image names one that ${cluster} can pull, and local clusters get it when they are started (\`npm run mesh -- clusters stop\`, then \`npm start\`)`,
        );
    }
    const notReady = states.filter(({ ready }) => !ready);
    return {
        cluster,
        seconds,
        withoutSidecar: states.filter(({ lacks }) => lacks).map(({ role }) => role),
        notReady: notReady.map(({ role, waiting, pod }) => `${role}: ${waitingFor(waiting, pod)}`),
        sidecarNotReady: notReady.some(({ waiting }) => waiting.some(({ name }) => name === PROXY_CONTAINER)),
    };
}

function waitingFor(waiting: readonly ContainerStatus[], pod: PodState | undefined): string {
    if (waiting.length > 0) {
        return waiting.map(({ name, state }) => `${name} ${reasonOf(state) || "is not ready"}`).join(" and ");
    }
    const conditions = pod?.status?.conditions ?? [];
    return conditions.find(({ status, message }) => status === "False" && message)?.message ?? "has not started";
}

function reasonOf(state: ContainerStatus["state"]): string {
    return state?.waiting?.reason ?? state?.terminated?.reason ?? "";
}

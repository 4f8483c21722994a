/** Pods that a drill takes away for a while: by the replicas of what makes them, so that Kubernetes brings them back. */
import type * as client from "@kubernetes/client-node";
import { z } from "zod";
import type { MeshCluster } from "../mesh";
import { answered, type Client, connect, ObservationError } from "../observe/connection";
import { selects } from "../observe/objects";
import { isAbandoned, owner } from "../owner";

/** Who has taken the replicas, until when at most, and how many there were. */
const DRILL_ANNOTATION = "istio-multicluster/drill";
/** Limit of one request. */
const REQUEST_SECONDS = 20;

const taking = z.object({ owner: z.string(), replicas: z.number().int() });

/** A Deployment or a StatefulSet. */
export interface Workload {
    readonly kind: "Deployment" | "StatefulSet";
    readonly namespace: string;
    readonly name: string;
    readonly replicas: number;
    /** How many of them are ready. */
    readonly ready: number;
    /** Of its pods. */
    readonly labels: Readonly<Record<string, string>>;
    /** What a drill has written there. */
    readonly taken: string | undefined;
}

/** What a drill changes in one cluster. */
export class DrillSite {
    private readonly apps: client.AppsV1Api;

    public constructor(
        private readonly library: Client,
        private readonly declared: MeshCluster,
    ) {
        // What ends a drill does not end this: it still has to put back.
        const { configuration } = connect(library, declared, new AbortController().signal, REQUEST_SECONDS);
        this.apps = new library.AppsV1Api(configuration);
    }

    /** All of the cluster. */
    public async workloads(): Promise<Workload[]> {
        const [deployments, statefulSets] = await Promise.all([
            this.answer("listing Deployments", this.apps.listDeploymentForAllNamespaces()),
            this.answer("listing StatefulSets", this.apps.listStatefulSetForAllNamespaces()),
        ]);
        return [
            ...deployments.items.map((each) => workloadOf("Deployment", each)),
            ...statefulSets.items.map((each) => workloadOf("StatefulSet", each)),
        ];
    }

    /** Takes all replicas; how many there were is written down in the same step. */
    public async take(workload: Workload): Promise<void> {
        const { replicas } = workload;
        await this.patch(workload, 0, JSON.stringify({ owner: owner(), replicas }));
    }

    /** Gives back what was taken. */
    public async putBack(workload: Workload): Promise<void> {
        const found = readTaking(workload);
        if (found === undefined) {
            throw new ObservationError(
                `${this.declared.name}: annotation ${DRILL_ANNOTATION} of ${nameOf(workload)} does not say how many replicas there were: scale it by hand, and remove the annotation`,
            );
        }
        await this.patch(workload, found.replicas, null);
    }

    private async patch({ kind, namespace, name }: Workload, replicas: number, taken: string | null): Promise<void> {
        const body = { metadata: { annotations: { [DRILL_ANNOTATION]: taken } }, spec: { replicas } };
        const change = { namespace, name, body, fieldManager: "mesh-drill" };
        const { setHeaderOptions, PatchStrategy } = this.library;
        const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
        await this.answer<unknown>(
            `scaling ${kind} ${namespace}/${name}`,
            kind === "Deployment"
                ? this.apps.patchNamespacedDeployment(change, merge)
                : this.apps.patchNamespacedStatefulSet(change, merge),
        );
    }

    private answer<T>(what: string, answer: Promise<T>): Promise<T> {
        return answered(this.declared.name, what, answer, REQUEST_SECONDS);
    }
}

/** Whether a run that has ended left it without its replicas; `held` while that run may go on. */
export function leftBehind(workload: Workload): "abandoned" | "held" | undefined {
    if (workload.taken === undefined) return undefined;
    return isAbandoned(readTaking(workload)?.owner) ? "abandoned" : "held";
}

/** What of a Service says which pods are behind it. */
interface Selecting {
    readonly metadata?: { readonly namespace?: string };
    readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
}

/** Whether a Service has the pods of a workload behind it. */
export function isBehind({ namespace, labels }: Workload, { metadata, spec }: Selecting): boolean {
    const selector = spec?.selector ?? {};
    return metadata?.namespace === namespace && Object.keys(selector).length > 0 && selects(selector, labels);
}

export function nameOf({ kind, namespace, name }: Workload): string {
    return `${kind} ${namespace}/${name}`;
}

function readTaking({ taken }: Workload): z.infer<typeof taking> | undefined {
    try {
        return taking.safeParse(JSON.parse(taken ?? "")).data;
    } catch {
        return undefined;
    }
}

function workloadOf(
    kind: Workload["kind"],
    { metadata, spec, status }: Pick<client.V1Deployment | client.V1StatefulSet, "metadata" | "spec" | "status">,
): Workload {
    return {
        kind,
        namespace: metadata?.namespace ?? "",
        name: metadata?.name ?? "",
        replicas: spec?.replicas ?? 1,
        ready: status?.readyReplicas ?? 0,
        labels: spec?.template.metadata?.labels ?? {},
        taken: metadata?.annotations?.[DRILL_ANNOTATION],
    };
}

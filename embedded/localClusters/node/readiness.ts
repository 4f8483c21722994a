/** What it takes for a cluster to count as ready, and the waits for it. */
import { z } from "zod";
import type { AdminApi } from "../access/adminApi";
import { assertDnsAnswers } from "./dns";
import { waitFor } from "../../../shared/wait";

const LIMIT_SECONDS = 90;
const PODS_LIMIT_SECONDS = 60;

const Node = z.object({
    status: z.object({
        conditions: z
            .array(
                z.object({
                    type: z.string(),
                    status: z.string(),
                    lastHeartbeatTime: z.string().default(""),
                    message: z.string().optional(),
                }),
            )
            .default([]),
    }),
});

const Pods = z.object({
    items: z.array(
        z.object({
            metadata: z.object({
                name: z.string(),
                namespace: z.string(),
                creationTimestamp: z.string(),
                deletionTimestamp: z.string().optional(),
            }),
            status: z.object({
                phase: z.string().optional(),
                conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
                containerStatuses: z
                    .array(z.object({ state: z.object({ running: z.object({ startedAt: z.string() }).optional() }) }))
                    .default([]),
            }),
        }),
    ),
});

export async function waitForApi(api: AdminApi, signal: AbortSignal): Promise<void> {
    await waitFor("the API server to be ready", LIMIT_SECONDS, () => api.get("/readyz"), signal);
}

/** @param since When its kubelet was started: what the one before it reported does not count. */
export async function waitForNode(api: AdminApi, node: string, since: Date, signal: AbortSignal): Promise<void> {
    const attempt = async (): Promise<void> => {
        const ready = await assertNodeReady(api, node);
        // Times in Kubernetes are whole seconds.
        if (Date.parse(ready.lastHeartbeatTime) + 1000 <= since.getTime()) {
            throw new Error(`the kubelet of ${node} has not reported since it was started`);
        }
    };
    await waitFor(`node ${node} to be Ready`, LIMIT_SECONDS, attempt, signal);
}

export async function waitForDns(init: number, address: string, signal: AbortSignal): Promise<void> {
    await waitFor("cluster DNS to answer", LIMIT_SECONDS, () => assertDnsAnswers(init, address), signal);
}

/** Throws, with the kubelet's reason, while the node is not Ready. The condition outlives a kubelet: that is asked, too. */
export async function assertNodeReady(api: AdminApi, node: string): Promise<{ lastHeartbeatTime: string }> {
    await api.get(`/api/v1/nodes/${node}/proxy/healthz`);
    const { status } = Node.parse(await api.get(`/api/v1/nodes/${node}`));
    const ready = status.conditions.find((condition) => condition.type === "Ready");
    if (ready?.status !== "True") {
        throw new Error(`node ${node} is not Ready: ${ready?.message ?? "no condition reported"}`);
    }
    return ready;
}

/**
 * Waits until the pods that a node had are back: before that, a mesh on it carries no traffic, and its webhooks refuse everything.
 *
 * @param since When the node was started: what pods reported before that does not count.
 * @throws Error naming the pods that are not Ready. One that can never be is no fault of the cluster.
 */
export async function waitForPods(api: AdminApi, since: Date, signal: AbortSignal): Promise<void> {
    const attempt = async (): Promise<void> => {
        const { items } = Pods.parse(await api.get("/api/v1/pods"));
        const away = items.filter(({ metadata, status: { phase = "", conditions, containerStatuses } }) => {
            const isEarlier = Date.parse(metadata.creationTimestamp) < since.getTime();
            const isDone = metadata.deletionTimestamp !== undefined || ["Succeeded", "Failed"].includes(phase);
            const isReady = conditions.some(({ type, status }) => type === "Ready" && status === "True");
            // Times in Kubernetes are whole seconds.
            const isNew = containerStatuses.every(
                ({ state }) => Date.parse(state.running?.startedAt ?? "") + 1000 > since.getTime(),
            );
            return isEarlier && !isDone && !(isReady && isNew);
        });
        if (away.length > 0) {
            const names = away.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
            throw new Error(`not Ready: ${names.join(", ")}`);
        }
    };
    await waitFor("the pods that it had", PODS_LIMIT_SECONDS, attempt, signal);
}

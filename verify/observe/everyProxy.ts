/** What every proxy of a cluster answers, ready or not: those that are going away still send and answer requests. */
import type { V1Pod } from "@kubernetes/client-node";
import pLimit from "p-limit";
import { hasRunningProxy, PROXY_LABEL } from "./istio";
import type { KubernetesView } from "./kubernetes";
import { qualifiedName } from "./objects";

/** Proxies of one cluster that are asked at a time. */
const ASKED_AT_A_TIME = 8;

/** `namespace/name` of a proxy's pod, with the reason why it did not answer. */
export interface Unreadable {
    readonly pod: string;
    readonly unreadable: string;
}

export async function everyProxy<Answer extends { readonly pod: string }>(
    kubernetes: KubernetesView,
    ask: (pod: V1Pod) => Promise<Answer>,
): Promise<(Answer | Unreadable)[]> {
    const limit = pLimit(ASKED_AT_A_TIME);
    const pods = (await kubernetes.pods(PROXY_LABEL)).filter(hasRunningProxy);
    const answers = pods.map((pod) =>
        limit(ask, pod).catch((error: unknown) => {
            return { pod: qualifiedName(pod), unreadable: error instanceof Error ? error.message : String(error) };
        }),
    );
    return Promise.all(answers);
}

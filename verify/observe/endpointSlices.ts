/** Where a Service leads: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
import { z } from "zod";
import type { KubernetesView } from "./kubernetes";

/** Label of a slice: its Service. */
const SERVICE_NAME = "kubernetes.io/service-name";

const slice = z.object({
    metadata: z.object({ namespace: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
    endpoints: z
        .array(
            z.object({
                addresses: z.array(z.string()),
                conditions: z.object({ ready: z.boolean().nullish() }).optional(),
            }),
        )
        .nullish(),
});

/** Addresses in the EndpointSlices of a namespace that have these labels. */
export async function endpointAddresses(
    kubernetes: KubernetesView,
    namespace: string,
    labelSelector: string,
): Promise<string[]> {
    const slices = await slicesOf(kubernetes, labelSelector);
    return slices
        .filter(({ metadata }) => metadata.namespace === namespace)
        .flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
}

/** Addresses that are ready behind Services of these names, by `name.namespace`. */
export async function readyAddresses(
    kubernetes: KubernetesView,
    names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
    const slices = await slicesOf(kubernetes, `${SERVICE_NAME} in (${[...new Set(names)].sort().join(",")})`);
    const found = new Map<string, string[]>();
    for (const { metadata, endpoints } of slices) {
        const service = `${metadata.labels[SERVICE_NAME] ?? ""}.${metadata.namespace}`;
        // Unknown is to be taken for ready.
        const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
        found.set(service, [...(found.get(service) ?? []), ...ready.flatMap(({ addresses }) => addresses)]);
    }
    return found;
}

function slicesOf(kubernetes: KubernetesView, labelSelector: string) {
    return kubernetes.objects("discovery.k8s.io", "v1", "endpointslices", slice, labelSelector);
}

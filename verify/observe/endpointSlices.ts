/** Where a Service leads: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
import { z } from "zod";
import type { KubernetesView } from "./kubernetes";

const slice = z.object({
    metadata: z.object({ namespace: z.string() }),
    endpoints: z.array(z.object({ addresses: z.array(z.string()) })).nullish(),
});

/** Addresses in the EndpointSlices of a namespace that have these labels. */
export async function endpointAddresses(
    kubernetes: KubernetesView,
    namespace: string,
    labelSelector: string,
): Promise<string[]> {
    const slices = await kubernetes.objects("discovery.k8s.io", "v1", "endpointslices", slice, labelSelector);
    return slices
        .filter(({ metadata }) => metadata.namespace === namespace)
        .flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
}

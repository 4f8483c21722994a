/** What a control plane is configured with: ConfigMap `istio`, or `istio-<revision>`. */
import type { V1Service } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { controlPlaneOf } from "./controlPlane";
import type { KubernetesView } from "./kubernetes";
import { isOfMesh, selects } from "./objects";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/ */
const selector = z.object({
    matchLabels: z.record(z.string(), z.string()).default({}),
    matchExpressions: z
        .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
        .default([]),
});
export type Selector = z.infer<typeof selector>;

/** https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/ */
const meshConfig = z.object({
    defaultConfig: z
        .object({ meshId: z.string().optional(), proxyMetadata: z.record(z.string(), z.string()).default({}) })
        .optional(),
    trustDomainAliases: z.array(z.string()).default([]),
    discoverySelectors: z.array(selector).default([]),
});

/** https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshNetworks */
const meshNetworks = z.object({
    networks: z
        .record(
            z.string(),
            z.object({
                endpoints: z.array(z.object({ fromRegistry: z.string().optional() })).default([]),
                gateways: z
                    .array(
                        z.object({
                            address: z.string().optional(),
                            registryServiceName: z.string().optional(),
                            port: z.number().optional(),
                        }),
                    )
                    .default([]),
            }),
        )
        .nullish(),
});
type MeshNetworks = z.infer<typeof meshNetworks>;
export type ConfiguredNetwork = { readonly name: string } & NonNullable<MeshNetworks["networks"]>[string];

/** The part of istiod's configuration that has to fit its peers'. */
export async function meshConfigOf(kubernetes: KubernetesView): Promise<z.infer<typeof meshConfig>> {
    return meshConfig.parse((await entry(kubernetes, "mesh")) ?? {});
}

/** The network that `meshNetworks` gives a cluster by its name; undefined where it names none. */
export async function configuredNetwork(kubernetes: KubernetesView): Promise<ConfiguredNetwork | undefined> {
    const { clusterName } = await controlPlaneOf(kubernetes);
    const { networks } = meshNetworks.parse((await entry(kubernetes, "meshNetworks")) ?? {});
    const own = Object.entries(networks ?? {}).find(([, { endpoints }]) =>
        endpoints.some(({ fromRegistry }) => fromRegistry === clusterName),
    );
    return own && { name: own[0], ...own[1] };
}

async function entry(kubernetes: KubernetesView, key: string): Promise<unknown> {
    const { namespace, revision } = await controlPlaneOf(kubernetes);
    const map = await kubernetes.configMap(namespace, revision === "default" ? "istio" : `istio-${revision}`);
    return parse(map?.data?.[key] ?? "");
}

/** Services of a mesh's own namespaces, those that istiod reads. */
export async function discoveredServices(kubernetes: KubernetesView): Promise<V1Service[]> {
    const [services, { discoverySelectors }, namespaces] = await Promise.all([
        kubernetes.services(),
        meshConfigOf(kubernetes),
        kubernetes.namespaceLabels(),
    ]);
    return services.filter(
        (service) =>
            isOfMesh(service) && isSelected(discoverySelectors, namespaces[service.metadata?.namespace ?? ""] ?? {}),
    );
}

/** Whether istiod reads a namespace with these labels. Without selectors it reads all. */
export function isSelected(selectors: readonly Selector[], labels: Readonly<Record<string, string>>): boolean {
    return (
        selectors.length === 0 ||
        selectors.some(
            ({ matchLabels, matchExpressions }) =>
                selects(matchLabels, labels) &&
                matchExpressions.every(({ key, operator, values }) => {
                    const value = labels[key];
                    switch (operator) {
                        case "In":
                            return value !== undefined && values.includes(value);
                        case "NotIn":
                            return value === undefined || !values.includes(value);
                        case "Exists":
                            return value !== undefined;
                        default:
                            return value === undefined;
                    }
                }),
        )
    );
}

/** Istio's configuration, as far as it decides on the way of a request. https://istio.io/latest/docs/reference/config/ */
import { z } from "zod";
import type { KubernetesView } from "./kubernetes";

const texts = z.array(z.string());
const labels = z.record(z.string(), z.string());
const metadata = z.object({ name: z.string(), namespace: z.string() });
const selector = z.object({ matchLabels: labels.default({}) }).optional();

const tls = z.object({ mode: z.string().optional() }).optional();
const trafficPolicy = z.object({
    tls,
    portLevelSettings: z
        .array(z.object({ port: z.object({ number: z.number().optional() }).optional(), tls }))
        .default([]),
});
export const destinationRule = z.object({
    metadata,
    spec: z.object({
        host: z.string(),
        exportTo: texts.optional(),
        trafficPolicy: trafficPolicy.optional(),
        subsets: z.array(z.object({ name: z.string(), trafficPolicy: trafficPolicy.optional() })).default([]),
    }),
});
export type DestinationRule = z.infer<typeof destinationRule>;

const match = z.object({
    uri: z.object({ exact: z.string(), prefix: z.string(), regex: z.string() }).partial().optional(),
    port: z.number().optional(),
    headers: z.record(z.string(), z.unknown()).optional(),
    sourceLabels: labels.optional(),
    sourceNamespace: z.string().optional(),
});
const destination = z.object({
    host: z.string(),
    subset: z.string().optional(),
    port: z.object({ number: z.number().optional() }).optional(),
});
const httpRoute = z.object({
    match: z.array(match).default([]),
    route: z.array(z.object({ destination, weight: z.number().optional() })).default([]),
    directResponse: z.object({ status: z.number() }).optional(),
    redirect: z.unknown().optional(),
    fault: z
        .object({ abort: z.object({ percentage: z.object({ value: z.number() }).optional() }).optional() })
        .optional(),
});
export type HttpRoute = z.infer<typeof httpRoute>;
export const virtualService = z.object({
    metadata,
    spec: z.object({
        hosts: texts.default([]),
        gateways: texts.default(["mesh"]),
        exportTo: texts.optional(),
        http: z.array(httpRoute).default([]),
    }),
});
export type VirtualService = z.infer<typeof virtualService>;

export const sidecar = z.object({
    metadata,
    spec: z
        .object({
            workloadSelector: z.object({ labels: labels.default({}) }).optional(),
            egress: z.array(z.object({ hosts: texts })).optional(),
        })
        .default({}),
});
export type Sidecar = z.infer<typeof sidecar>;

const source = z.object({
    principals: texts,
    notPrincipals: texts,
    namespaces: texts,
    notNamespaces: texts,
    ipBlocks: texts,
    notIpBlocks: texts,
    remoteIpBlocks: texts,
    requestPrincipals: texts,
    notRequestPrincipals: texts,
    serviceAccounts: texts,
    notServiceAccounts: texts,
    trustDomains: texts,
    notTrustDomains: texts,
});
const operation = z.object({
    hosts: texts,
    notHosts: texts,
    ports: texts,
    notPorts: texts,
    methods: texts,
    notMethods: texts,
    paths: texts,
    notPaths: texts,
});
const rule = z.object({
    from: z.array(z.object({ source: source.partial() })).optional(),
    to: z.array(z.object({ operation: operation.partial() })).optional(),
    when: z.array(z.unknown()).optional(),
});
export type AuthorizationRule = z.infer<typeof rule>;
export const authorizationPolicy = z.object({
    metadata,
    spec: z
        .object({
            selector,
            targetRefs: z.array(z.unknown()).optional(),
            action: z.enum(["ALLOW", "DENY", "AUDIT", "CUSTOM"]).default("ALLOW"),
            rules: z.array(rule).optional(),
        })
        .prefault({}),
});
export type AuthorizationPolicy = z.infer<typeof authorizationPolicy>;

const NETWORKING = "networking.istio.io";
const SECURITY = "security.istio.io";

export function virtualServices(kubernetes: KubernetesView): Promise<VirtualService[]> {
    return kubernetes.objects(NETWORKING, "v1", "virtualservices", virtualService);
}

export function destinationRules(kubernetes: KubernetesView): Promise<DestinationRule[]> {
    return kubernetes.objects(NETWORKING, "v1", "destinationrules", destinationRule);
}

export function sidecars(kubernetes: KubernetesView): Promise<Sidecar[]> {
    return kubernetes.objects(NETWORKING, "v1", "sidecars", sidecar);
}

export function authorizationPolicies(kubernetes: KubernetesView): Promise<AuthorizationPolicy[]> {
    return kubernetes.objects(SECURITY, "v1", "authorizationpolicies", authorizationPolicy);
}

/** Names that Istio or its charts give a meaning. They are contracts with other software, never choices of ours. */

/** Namespace of control planes and gateways. */
export const ISTIO_NAMESPACE = "istio-system";

/** First part of identities, where nothing else is said. */
export const DEFAULT_TRUST_DOMAIN = "cluster.local";

/** Label that tells Istio which network a namespace, a pod or a gateway Service belongs to. */
export const NETWORK_LABEL = "topology.istio.io/network";

/** Annotation of `istio-system` in a cluster without an istiod: clusters whose istiod serves it. */
export const CONTROL_PLANE_CLUSTERS = "topology.istio.io/controlPlaneClusters";

/** Identity that the chart `base` makes for other clusters' control planes. */
export const READER_SERVICE_ACCOUNT = "istio-reader-service-account";

/** Port on which a network's gateway takes mutual TLS from other networks. */
export const CROSS_NETWORK_PORT = 15443;

/** Ports of an istiod that other clusters use: configuration and certificates, and the injection of sidecars. */
export const ISTIOD_PORTS = { discovery: 15012, webhook: 15017 } as const;

/** Versions of Istio's custom resources that this library writes. */
export const NETWORKING_API = "networking.istio.io/v1";
export const SECURITY_API = "security.istio.io/v1";

/** Pulumi's type of a component of this library, e.g. `istio-multicluster:index:RootCa`. Never changes once released. */
export function typeToken(className: string): string {
    return `istio-multicluster:index:${className}`;
}

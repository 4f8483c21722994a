/** What may be adjusted of an Istio installation: of a whole mesh, and over that of one cluster. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { layered } from "./internal/values/layers";

/** Amounts by resource, e.g. `{ cpu: "500m", memory: "2Gi" }`. */
export interface ResourcesArgs {
    requests?: { [resource: string]: pulumi.Input<string> };
    limits?: { [resource: string]: pulumi.Input<string> };
}

/** A HorizontalPodAutoscaler, by the chart's targets. */
export interface AutoscalingArgs {
    /** Fewest replicas. */
    min: number;
    /** Most replicas. */
    max: number;
}

/** A PodDisruptionBudget: one of the two. */
export interface DisruptionBudgetArgs {
    minAvailable?: pulumi.Input<number>;
    maxUnavailable?: pulumi.Input<number>;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export interface TolerationArgs {
    key?: pulumi.Input<string>;
    operator?: pulumi.Input<string>;
    value?: pulumi.Input<string>;
    effect?: pulumi.Input<string>;
    tolerationSeconds?: pulumi.Input<number>;
}

/** What istiod and the gateways have in common. */
export interface WorkloadArgs {
    /** A fixed number of replicas, without autoscaling. @defaultValue as the chart: autoscaling from 1 to 5 */
    replicas?: number;
    /** Autoscaling between two numbers; not together with `replicas`. */
    autoscaling?: AutoscalingArgs;
    /** @defaultValue as the chart: istiod keeps 1 pod, gateways have no budget */
    disruptionBudget?: DisruptionBudgetArgs;
    /** Of each pod. @defaultValue as the chart */
    resources?: ResourcesArgs;
    /** Labels of the nodes that its pods may run on. */
    nodeSelector?: { [label: string]: pulumi.Input<string> };
    tolerations?: TolerationArgs[];
    podAnnotations?: { [name: string]: pulumi.Input<string> };
    /**
     * Any other values of the chart, over all that is set above; null removes a default. What makes the mesh cannot be
     * changed here, and a key that the chart does not know is an error.
     */
    values?: NonNullable<k8s.helm.v3.ReleaseArgs["values"]>;
}

/** Service of a gateway, or of an istiod that serves clusters from outside. */
export interface GatewayServiceArgs {
    /** `LoadBalancer`, `NodePort` or `ClusterIP`. @defaultValue `"LoadBalancer"` */
    type?: pulumi.Input<string>;
    /**
     * IP addresses that lead to it although the cluster does not give them, e.g. of a load balancer in front of its nodes, with `type`
     * `ClusterIP` or `NodePort`. Others dial all of them, and those that the cluster gives.
     * https://kubernetes.io/docs/concepts/services-networking/service/#external-ips @defaultValue none
     */
    externalIPs?: pulumi.Input<string>[];
    /** Where clouds take the kind of a load balancer from, e.g. `service.beta.kubernetes.io/aws-load-balancer-type`. */
    annotations?: { [name: string]: pulumi.Input<string> };
    /** https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-class */
    loadBalancerClass?: pulumi.Input<string>;
    /** CIDRs of clients that may connect. @defaultValue all */
    loadBalancerSourceRanges?: pulumi.Input<string>[];
    /** `Cluster` or `Local`. */
    externalTrafficPolicy?: pulumi.Input<string>;
}

/** istiod: chart `istiod`. */
export interface IstiodArgs extends WorkloadArgs {
    /** By which the clusters that an {@link ExternalControlPlane} serves reach it. Says nothing elsewhere. */
    service?: GatewayServiceArgs;
}

/** A gateway: chart `gateway`. */
export interface GatewayArgs extends WorkloadArgs {
    service?: GatewayServiceArgs;
}

/** The gateway for other networks. */
export interface EastWestArgs extends GatewayArgs {
    /**
     * `chart`; or `gatewayApi`, where istiod makes it from a Gateway of the Kubernetes Gateway API, whose CRDs the cluster has. Of the
     * other settings, only `service.annotations` applies then, and a gateway that leads to a shared istiod is the chart's. `both`
     * makes both, which others use together: a step in between, so that a change of one for the other cuts no more than requests in flight.
     * @defaultValue `"chart"`
     */
    deployedBy?: string;
}

/** Chart `base` or `cni`, of which little has to be adjusted. */
export interface ChartArgs {
    /** Values of the chart, as {@link WorkloadArgs.values}. */
    values?: NonNullable<k8s.helm.v3.ReleaseArgs["values"]>;
}

/**
 * How Istio is installed. The same for a whole mesh and for one cluster, whose settings go over those of the mesh, map by
 * map, as Helm merges values.
 */
export interface IstioArgs {
    /**
     * Istio release, e.g. `1.31.1`; from 1.30 to 1.32. The clusters of a mesh are at most one minor release apart, while it
     * is upgraded. @defaultValue {@link ISTIO_VERSION}
     */
    version?: string;
    /**
     * Chart repository (`https://…`), registry (`oci://…`) or local folder with `base`, `istiod`, `gateway` and, where it is
     * asked for, `cni`. A folder has one release only, its own. @defaultValue {@link ISTIO_CHARTS}
     */
    charts?: string;
    /** Registry and path of Istio's images, e.g. `registry.example.org/istio`. @defaultValue as the charts: Istio's own */
    hub?: string;
    /** Tag of the images. @defaultValue as the charts: the release */
    tag?: string;
    /** `debug` or `distroless`. @defaultValue as the charts: `debug`, without a suffix */
    variant?: string;
    /** Names of Secrets with credentials of the registry, in `istio-system` and wherever sidecars are injected. */
    pullSecrets?: string[];
    /** File that proxies write their access log to, e.g. `/dev/stdout`. @defaultValue none */
    accessLogFile?: string;
    /**
     * Whether Istio's CNI agent redirects the traffic of pods, which then need no privileged init container
     * (https://istio.io/latest/docs/setup/additional-setup/cni/). @defaultValue false
     */
    cni?: boolean;
    /**
     * Whether the agent beside each sidecar answers DNS for what istiod knows, and so also for services that only other clusters have
     * (https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/). Pods have it when they start. Of clusters that
     * another one's istiod serves, that one's setting counts. @defaultValue false
     */
    dnsProxy?: boolean;
    /** Chart `base`. */
    base?: ChartArgs;
    /** Chart `cni`. */
    cniAgent?: ChartArgs;
    /** Chart `istiod`. */
    istiod?: IstiodArgs;
    eastWestGateway?: EastWestArgs;
    ingressGateway?: GatewayArgs;
}

/** Settings of a mesh with those of one cluster over them, map by map; lists and all other values are replaced. */
export function mergeIstio(mesh: IstioArgs = {}, cluster: IstioArgs = {}): IstioArgs {
    return layered(mesh, cluster);
}

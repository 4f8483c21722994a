/** A service of several clusters: what is said of it for one of them, and for a whole mesh. */
import type * as pulumi from "@pulumi/pulumi";

/** A port of a service, as in all its clusters. */
export interface SharedPortArgs {
    /** Its name, by which Istio knows the protocol, too: `http`, `grpc-orders`, `tcp`. */
    name: string;
    /** Port of the Service, 1 to 65535. */
    port: number;
    /** Protocol, where the name does not say it. https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
    appProtocol?: string;
}

/** From one locality, `region`, `region/zone` or `region/zone/*`, to another. */
export interface LocalityFailoverArgs {
    from: string;
    to: string;
}

/** How requests from one locality are spread: percentages by locality, 100 in all. */
export interface LocalityDistributeArgs {
    from: string;
    to: { [locality: string]: number };
}

/**
 * Which endpoints a client prefers.
 * https://istio.io/latest/docs/reference/config/networking/destination-rule/#LocalityLoadBalancerSetting
 */
export interface LocalityArgs {
    /** Whether there is a preference at all. @defaultValue true */
    enabled?: boolean;
    /**
     * Labels of the topology that an endpoint should have in common with the client, the most important one first:
     * `topology.istio.io/network`, `topology.istio.io/cluster`, and after one of these `topology.kubernetes.io/region`,
     * `topology.kubernetes.io/zone`, `topology.istio.io/subzone`. An endpoint behind another network's gateway has the first two only: where
     * there is none, any may be first.
     * @defaultValue `["topology.istio.io/cluster"]` where nothing else is set: the own cluster first
     */
    failoverPriority?: string[];
    /** Region to which requests go over, by region of the client. The own zone and region come first. */
    failover?: LocalityFailoverArgs[];
    /** Fixed shares instead of an order. */
    distribute?: LocalityDistributeArgs[];
}

/**
 * When an endpoint that fails is left alone. Without this, clients never go over to others.
 * https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection
 */
export interface OutlierDetectionArgs {
    /** Failures in a row, of connections among them. @defaultValue 5 */
    consecutive5xxErrors?: number;
    /** How often endpoints are looked at. @defaultValue `"5s"` */
    interval?: string;
    /** For how long it is left alone the first time. @defaultValue `"15s"` */
    baseEjectionTime?: string;
    /** How many of the endpoints may be left alone, in percent. @defaultValue 100 */
    maxEjectionPercent?: number;
}

/** Requests that are tried again. https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry */
export interface RetriesArgs {
    /** How many times. */
    attempts: number;
    /** Limit of each try, e.g. `2s`. @defaultValue that of the request */
    perTryTimeout?: string;
    /** Which failures; requests that may have had an effect, too, if `reset` is among them. @defaultValue as Istio */
    retryOn?: string;
}

/** Workloads that may call: by the namespace and the service account of their identities, in whichever cluster of the mesh. */
export interface CallerArgs {
    namespace: string;
    /** @defaultValue all accounts of the namespace */
    account?: string;
}

/** How clients of a cluster use a service. */
export interface ClientPolicyArgs {
    /** @defaultValue the own cluster first */
    locality?: LocalityArgs;
    outlierDetection?: OutlierDetectionArgs;
    /** Limit of a new connection. A network that swallows packets is noticed by it. @defaultValue `"2s"` */
    connectTimeout?: string;
    /** Of HTTP requests. @defaultValue Istio's: two more tries of what surely had no effect */
    retries?: RetriesArgs;
}

/** Arguments of {@link SharedService}. The cluster is the one of `opts.provider`. */
export interface SharedServiceArgs {
    /** Name of the Service, equal in all clusters. */
    service: string;
    /** Its namespace, which exists in this cluster. */
    namespace: pulumi.Input<string>;
    /** {@link ControlPlane.namespace} of this cluster: Istio's resources go in once an istiod validates them. */
    controlPlane: pulumi.Input<string>;
    /** Its ports, equal in all clusters. */
    ports: SharedPortArgs[];
    /**
     * Whether this cluster does not run the service, and gets a Service without pods: DNS of a cluster knows only its own Services.
     * @defaultValue false
     */
    twin?: boolean;
    /** How clients use it whose proxies this cluster's istiod configures. @defaultValue as without this component */
    client?: ClientPolicyArgs;
    /**
     * Who may call it where this cluster's istiod configures its pods, with mutual TLS only; none is nobody, the ingress gateway
     * included. @defaultValue everybody
     */
    callers?: CallerArgs[] | undefined;
    /** Labels of its pods, for `callers`. @defaultValue `{ app: <service> }` */
    selector?: { [label: string]: pulumi.Input<string> };
    /** Trust domain of the mesh. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string>;
}

/** A service of a {@link Mesh}, for all its clusters at once. */
export interface MeshServiceArgs extends ClientPolicyArgs {
    /** Name of the Service, equal in all clusters. */
    name: string;
    /** Its namespace, which exists in all clusters that know it. */
    namespace: string;
    /** Its ports, equal in all clusters. */
    ports: SharedPortArgs[];
    /**
     * Whether its Services have no address, and names lead to its pods. The clusters that know it are on one network then, and those
     * that do not run it have {@link IstioArgs.dnsProxy}. @defaultValue false
     */
    headless?: boolean;
    /** Keys of the clusters that run it, with a Service of their own. */
    clusters: string[];
    /** Keys of the other clusters that may call it. @defaultValue all others */
    exports?: string[];
    /** {@link SharedServiceArgs.callers}. @defaultValue everybody in these clusters */
    callers?: CallerArgs[];
    /** {@link SharedServiceArgs.selector}. @defaultValue `{ app: <name> }` */
    selector?: { [label: string]: string };
}

/** What crosses the borders of a cluster, where that is not simply everything. */
export interface SharingArgs {
    /** Hosts that clients here find in other clusters, too, e.g. `catalog.shop.svc.cluster.local`. */
    known: string[];
    /** Hosts that other networks reach through the east-west gateway. */
    exported: string[];
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel } from "./internal/checks";
import { DEFAULT_TRUST_DOMAIN, NETWORKING_API, SECURITY_API, typeToken } from "./internal/names";
import { policyProblems } from "./internal/servicePolicy";
import { serviceHost } from "./internal/services";
import { refuse } from "./internal/values/release";
import type { CallerArgs, ClientPolicyArgs, SharedServiceArgs } from "./sharedServiceArgs";

/**
 * A service of several clusters, as one of them sees it: its name for clusters that do not run it, which of its endpoints clients
 * prefer, and who may call it. The Service and the pods of clusters that run it come with the app.
 *
 * @example
 * ```ts
 * new SharedService(
 *     "west-shares-catalog",
 *     {
 *         service: "catalog",
 *         namespace: "shop",
 *         controlPlane: controlPlane.namespace,
 *         ports: [{ name: "http", port: 80 }],
 *         twin: true,
 *         client: {},
 *     },
 *     { provider },
 * );
 * ```
 */
export class SharedService extends pulumi.ComponentResource {
    /** Its host in the whole mesh, e.g. `catalog.shop.svc.cluster.local`. */
    public readonly host: pulumi.Output<string>;

    constructor(name: string, args: SharedServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const { service, client, callers, trustDomain = DEFAULT_TRUST_DOMAIN, ...others } = args;
        assertDnsLabel("service", service);
        // Whether gateways are between its clusters, only the mesh knows.
        refuse(policyProblems({ ports: args.ports, callers, ...client }, true));
        super(typeToken("SharedService"), name, args, opts);
        const namespace = pulumi.all([args.namespace, args.controlPlane]).apply(([known]) => known);
        const metadata = { name: service, namespace };
        this.host = namespace.apply((known) => serviceHost(service, known));
        const parts = { name, metadata, host: this.host, parent: this };

        if (args.twin) twin({ ...parts, ports: args.ports });
        if (client) clientPolicy(parts, client);
        if (callers) {
            const { selector = { app: service } } = others;
            destinationPolicy(parts, callers, selector, pulumi.output(trustDomain));
        }
        this.registerOutputs({ host: this.host });
    }
}

interface Parts {
    readonly name: string;
    readonly metadata: { readonly name: string; readonly namespace: pulumi.Output<string> };
    readonly host: pulumi.Output<string>;
    readonly parent: pulumi.Resource;
}

function twin({ name, metadata, ports, parent }: Parts & Pick<SharedServiceArgs, "ports">): void {
    new k8s.core.v1.Service(
        `${name}-service`,
        {
            // Pulumi would wait for pods that only other clusters have.
            metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { ports },
        },
        { parent },
    );
}

function clientPolicy({ name, metadata, host, parent }: Parts, client: ClientPolicyArgs): void {
    const { locality = {}, outlierDetection, connectTimeout = "2s", retries } = client;
    const { enabled = true, ...said } = locality;
    const isOpen = enabled && Object.keys(said).length === 0;
    const order = isOpen ? { failoverPriority: ["topology.istio.io/cluster"] } : said;
    new k8s.apiextensions.CustomResource(
        `${name}-clients`,
        {
            apiVersion: NETWORKING_API,
            kind: "DestinationRule",
            metadata,
            spec: {
                host,
                trafficPolicy: {
                    connectionPool: { tcp: { connectTimeout } },
                    loadBalancer: { localityLbSetting: { enabled, ...order } },
                    outlierDetection: {
                        consecutive5xxErrors: 5,
                        interval: "5s",
                        baseEjectionTime: "15s",
                        maxEjectionPercent: 100,
                        ...outlierDetection,
                    },
                },
            },
        },
        { parent },
    );
    if (retries === undefined) return;
    new k8s.apiextensions.CustomResource(
        `${name}-retries`,
        {
            apiVersion: NETWORKING_API,
            kind: "VirtualService",
            metadata,
            spec: {
                hosts: [host],
                // Envoy otherwise tries again in the locality in which it has just failed.
                http: [{ route: [{ destination: { host } }], retries: { ...retries, retryRemoteLocalities: true } }],
            },
        },
        { parent },
    );
}

/** An identity says namespace and account, and not in which cluster. https://istio.io/latest/docs/concepts/security/#istio-identity */
function destinationPolicy(
    { name, metadata, parent }: Parts,
    callers: CallerArgs[],
    matchLabels: { [label: string]: pulumi.Input<string> },
    trustDomain: pulumi.Output<string>,
): void {
    const selector = { matchLabels };
    new k8s.apiextensions.CustomResource(
        `${name}-mutual-tls`,
        {
            apiVersion: SECURITY_API,
            kind: "PeerAuthentication",
            metadata,
            spec: { selector, mtls: { mode: "STRICT" } },
        },
        { parent },
    );
    const principals = callers.map(
        ({ namespace, account = "*" }) => pulumi.interpolate`${trustDomain}/ns/${namespace}/sa/${account}`,
    );
    new k8s.apiextensions.CustomResource(
        `${name}-callers`,
        {
            apiVersion: SECURITY_API,
            kind: "AuthorizationPolicy",
            metadata,
            spec: {
                selector,
                action: "ALLOW",
                // Without a rule, nobody is let in.
                ...(principals.length > 0 && { rules: [{ from: [{ source: { principals } }] }] }),
            },
        },
        { parent },
    );
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "./internal/address";
import { apiGateway } from "./internal/apiGateway";
import { assertDnsLabel } from "./internal/checks";
import { eastWestChart, eastWestProblems, istioProblems } from "./internal/istio";
import { CROSS_NETWORK_PORT, ISTIO_NAMESPACE, ISTIOD_PORTS, NETWORKING_API, typeToken } from "./internal/names";
import { serviceHost } from "./internal/services";
import { refuse, releaseOf } from "./internal/values/release";
import type { IstioArgs } from "./istio";
import type { SharingArgs } from "./sharedServiceArgs";

/** Arguments of {@link EastWestGateway}. The cluster is the one of `opts.provider`. */
export interface EastWestGatewayArgs {
    /** Network of this cluster. Must equal its control plane's. */
    network: string;
    /** {@link ControlPlane.namespace} of the same cluster: its istiod turns the gateway's pod into a proxy. */
    namespace: pulumi.Input<string>;
    /**
     * Whether clusters without an istiod of their own reach this cluster's through it, on ports 15012 and 15017. The control
     * plane is then `shared`, too. @defaultValue false
     */
    shared?: boolean | undefined;
    /**
     * Which services other networks reach through it: `exported`. Not with a gateway by the Gateway API. @defaultValue all, as Istio has it
     */
    sharing?: SharingArgs | undefined;
    /** Release and values of the chart `gateway`: those of its control plane. @defaultValue as the chart */
    istio?: IstioArgs | undefined;
}

/**
 * The gateway for traffic from other networks: takes mutual TLS on port 15443 and forwards it to the workload that its
 * SNI names, without terminating it. It does not decide who may call whom: authorization policies at the destinations
 * do. It opens no firewall.
 *
 * @example
 * ```ts
 * const internal = { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" };
 * const gateway = new EastWestGateway(
 *     "west-eastwest",
 *     {
 *         network: "west-network",
 *         namespace: controlPlane.namespace,
 *         istio: { eastWestGateway: { service: { annotations: internal } } },
 *     },
 *     { provider },
 * );
 * export const dialled = pulumi.interpolate`${gateway.address}:${gateway.port}`;
 * ```
 */
export class EastWestGateway extends pulumi.ComponentResource {
    /** IP address or host name that other networks dial. */
    public readonly address: pulumi.Output<string>;
    /** TCP port that other networks dial. */
    public readonly port: pulumi.Output<number>;

    constructor(name: string, args: EastWestGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("network", args.network);
        const { istio = {}, ...recorded } = args;
        const { network, namespace, shared, sharing } = args;
        const { deployedBy = "chart", service } = istio.eastWestGateway ?? {};
        refuse([...istioProblems(istio), ...eastWestProblems(network, istio, { shared, sharing })]);
        super(typeToken("EastWestGateway"), name, recorded, opts);

        const ofApi = (): pulumi.Output<string> =>
            apiGateway(name, { network, namespace, annotations: service?.annotations ?? {} }, this);
        const serviceId = deployedBy === "gatewayApi" ? ofApi() : this.#chart(name, args, istio);
        if (deployedBy === "both") ofApi();
        this.address = gatewayAddress(`${name}-service`, serviceId, this);
        this.port = pulumi.output(CROSS_NETWORK_PORT);
        this.registerOutputs({ address: this.address, port: this.port });
    }

    /** Istio's chart, and the resource that opens it to other networks. @returns Id of its Service. */
    #chart(
        name: string,
        { network, namespace, shared = false, sharing }: EastWestGatewayArgs,
        istio: IstioArgs,
    ): pulumi.Output<string> {
        const opened = new k8s.apiextensions.CustomResource(
            `${name}-cross-network`,
            {
                apiVersion: NETWORKING_API,
                kind: "Gateway",
                metadata: { name: "cross-network-gateway", namespace },
                spec: {
                    selector: { istio: "eastwestgateway" },
                    servers: [
                        {
                            port: { number: CROSS_NETWORK_PORT, name: "tls", protocol: "TLS" },
                            tls: { mode: "AUTO_PASSTHROUGH" },
                            hosts: openedHosts(sharing),
                        },
                    ],
                },
            },
            { parent: this },
        );
        const release = new k8s.helm.v3.Release(
            `${name}-release`,
            {
                name: "istio-eastwestgateway",
                namespace,
                ...releaseOf(eastWestChart(network, istio, shared), istio),
            },
            // When the gateway goes, it takes connections until it is gone.
            { parent: this, dependsOn: opened },
        );
        if (shared) exposeIstiod(name, namespace, this);
        // The chart names the Service after the release, and an id is known only once Helm saw the address.
        return release.id;
    }
}

/** A Gateway has at least one host, and istio-system is a namespace without Services of users. */
function openedHosts(sharing: SharingArgs | undefined): string[] {
    if (sharing === undefined) return ["*.local"];
    return sharing.exported.length > 0 ? sharing.exported : [serviceHost("no-service", ISTIO_NAMESPACE)];
}

/**
 * Lets the gateway pass connections to istiod on, which ends their TLS itself. It answers to one name only, the one that
 * proxies and API servers of other clusters have for it.
 * https://github.com/istio/istio/blob/master/samples/multicluster/expose-istiod.yaml
 */
function exposeIstiod(name: string, namespace: pulumi.Input<string>, parent: pulumi.Resource): void {
    const host = `istiod.${ISTIO_NAMESPACE}.svc`;
    const { discovery, webhook } = ISTIOD_PORTS;
    const ports = [
        { name: "tls-istiod", number: discovery, service: discovery },
        { name: "tls-webhook", number: webhook, service: 443 },
    ];
    new k8s.apiextensions.CustomResource(
        `${name}-istiod-gateway`,
        {
            apiVersion: NETWORKING_API,
            kind: "Gateway",
            metadata: { name: "istiod-gateway", namespace },
            spec: {
                selector: { istio: "eastwestgateway" },
                servers: ports.map((port) => ({
                    port: { number: port.number, name: port.name, protocol: "TLS" },
                    tls: { mode: "PASSTHROUGH" },
                    hosts: [host],
                })),
            },
        },
        { parent },
    );
    new k8s.apiextensions.CustomResource(
        `${name}-istiod-route`,
        {
            apiVersion: NETWORKING_API,
            kind: "VirtualService",
            metadata: { name: "istiod-vs", namespace },
            spec: {
                hosts: [host],
                gateways: ["istiod-gateway"],
                tls: ports.map((port) => ({
                    match: [{ port: port.number, sniHosts: [host] }],
                    route: [{ destination: { host: `${host}.cluster.local`, port: { number: port.service } } }],
                })),
            },
        },
        { parent },
    );
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "./internal/address";
import { chartReference } from "./internal/charts";
import { assertDnsLabel } from "./internal/checks";
import { CROSS_NETWORK_PORT, NETWORKING_API, typeToken } from "./internal/names";
import { eastWestValues } from "./internal/values/gateway";

/** Arguments of {@link EastWestGateway}. The cluster is the one of `opts.provider`. */
export interface EastWestGatewayArgs {
    /** Istio release. Must equal its control plane's. */
    version: string;
    /** Chart repository (`https://…`), registry (`oci://…`) or local folder with `gateway`. */
    charts: string;
    /** Network of this cluster. Must equal its control plane's. */
    network: string;
    /** {@link ControlPlane.namespace} of the same cluster: its istiod turns the gateway's pod into a proxy. */
    namespace: pulumi.Input<string>;
}

/**
 * The gateway for traffic from other networks: takes mutual TLS on port 15443 and forwards it to the workload that its
 * SNI names, without terminating it. It does not decide who may call whom: authorization policies at the destinations
 * do. It opens no firewall.
 */
export class EastWestGateway extends pulumi.ComponentResource {
    /** IP address or host name that other networks dial. */
    public readonly address: pulumi.Output<string>;
    /** TCP port that other networks dial. */
    public readonly port: pulumi.Output<number>;

    constructor(name: string, args: EastWestGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("network", args.network);
        super(typeToken("EastWestGateway"), name, args, opts);

        const release = new k8s.helm.v3.Release(
            `${name}-release`,
            {
                name: "istio-eastwestgateway",
                namespace: args.namespace,
                ...chartReference("gateway", args.charts, args.version),
                values: { ...eastWestValues(args.network) },
            },
            { parent: this },
        );
        new k8s.apiextensions.CustomResource(
            `${name}-cross-network`,
            {
                apiVersion: NETWORKING_API,
                kind: "Gateway",
                metadata: { name: "cross-network-gateway", namespace: args.namespace },
                spec: {
                    selector: { istio: "eastwestgateway" },
                    servers: [
                        {
                            port: { number: CROSS_NETWORK_PORT, name: "tls", protocol: "TLS" },
                            tls: { mode: "AUTO_PASSTHROUGH" },
                            hosts: ["*.local"],
                        },
                    ],
                },
            },
            { parent: this },
        );

        this.address = gatewayAddress(`${name}-service`, release, this);
        this.port = pulumi.output(CROSS_NETWORK_PORT);
        this.registerOutputs({ address: this.address, port: this.port });
    }
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "./internal/address";
import { chartReference } from "./internal/charts";
import { typeToken } from "./internal/names";
import { ingressValues } from "./internal/values/gateway";

/** Arguments of {@link IngressGateway}. The cluster is the one of `opts.provider`. */
export interface IngressGatewayArgs {
    /** Istio release. Must equal its control plane's. */
    version: string;
    /** Chart repository (`https://…`), registry (`oci://…`) or local folder with `gateway`. */
    charts: string;
    /** {@link ControlPlane.namespace} of the same cluster: its istiod turns the gateway's pod into a proxy. */
    namespace: pulumi.Input<string>;
}

/**
 * The gateway for clients outside the mesh: `istio-ingressgateway`, label `istio: ingressgateway`, ports 80 and
 * 443. It routes nothing by itself; Gateway and VirtualService resources do, e.g. those of {@link SampleApps}.
 */
export class IngressGateway extends pulumi.ComponentResource {
    /** IP address or host name that clients dial. */
    public readonly address: pulumi.Output<string>;

    constructor(name: string, args: IngressGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super(typeToken("IngressGateway"), name, args, opts);

        const release = new k8s.helm.v3.Release(
            `${name}-release`,
            {
                name: "istio-ingressgateway",
                namespace: args.namespace,
                ...chartReference("gateway", args.charts, args.version),
                values: { ...ingressValues() },
            },
            { parent: this },
        );

        this.address = gatewayAddress(`${name}-service`, release, this);
        this.registerOutputs({ address: this.address });
    }
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "./internal/address";
import { ingressChart, istioProblems } from "./internal/istio";
import { typeToken } from "./internal/names";
import { refuse, releaseOf } from "./internal/values/release";
import type { IstioArgs } from "./istio";

/** Arguments of {@link IngressGateway}. The cluster is the one of `opts.provider`. */
export interface IngressGatewayArgs {
    /** {@link ControlPlane.namespace} of the same cluster: its istiod turns the gateway's pod into a proxy. */
    namespace: pulumi.Input<string>;
    /** Release and values of the chart `gateway`: those of its control plane. @defaultValue as the chart */
    istio?: IstioArgs | undefined;
}

/**
 * The gateway for clients outside the mesh: `istio-ingressgateway`, label `istio: ingressgateway`, ports 80 and
 * 443. It routes nothing by itself; Gateway and VirtualService resources do, e.g. those of {@link SampleApps}.
 *
 * @example
 * ```ts
 * const ingress = new IngressGateway("west-ingress", { namespace: controlPlane.namespace }, { provider });
 * export const address = ingress.address;
 * ```
 */
export class IngressGateway extends pulumi.ComponentResource {
    /** IP address or host name that clients dial. */
    public readonly address: pulumi.Output<string>;

    constructor(name: string, args: IngressGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        const { istio = {}, ...recorded } = args;
        refuse(istioProblems(istio));
        const chart = releaseOf(ingressChart(istio), istio);
        super(typeToken("IngressGateway"), name, recorded, opts);

        const release = new k8s.helm.v3.Release(
            `${name}-release`,
            { name: "istio-ingressgateway", namespace: args.namespace, ...chart },
            { parent: this },
        );

        this.address = gatewayAddress(`${name}-service`, release.id, this);
        this.registerOutputs({ address: this.address });
    }
}

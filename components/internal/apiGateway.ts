import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CROSS_NETWORK_PORT, NETWORK_LABEL } from "./names";

export interface ApiGateway {
    readonly network: string;
    readonly namespace: pulumi.Input<string>;
    /** Of the Service that istiod makes, for its load balancer. */
    readonly annotations: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * An east-west gateway as a Gateway of the Kubernetes Gateway API: istiod makes Deployment and Service, named
 * `<gateway>-istio`, and opens exactly the listeners. The label says which network it leads into; a TLS listener on port
 * 15443 passes connections on by their SNI.
 * https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
 *
 * @returns Id of the Service, known once it has an address.
 */
export function apiGateway(
    name: string,
    { network, namespace, annotations }: ApiGateway,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    const gateway = new k8s.apiextensions.CustomResource(
        `${name}-gateway`,
        {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "Gateway",
            metadata: {
                name: "istio-eastwestgateway",
                namespace,
                labels: { [NETWORK_LABEL]: network },
                // istiod writes the address of the Service's load balancer there.
                annotations: { "pulumi.com/waitFor": "jsonpath={.status.addresses}" },
            },
            spec: {
                gatewayClassName: "istio",
                // Labels of the Gateway reach pods and Service only where these are not set.
                infrastructure: { annotations, labels: { [NETWORK_LABEL]: network } },
                listeners: [
                    {
                        name: "cross-network",
                        hostname: "*.local",
                        port: CROSS_NETWORK_PORT,
                        protocol: "TLS",
                        tls: {
                            mode: "Passthrough",
                            options: { "gateway.istio.io/listener-protocol": "auto-passthrough" },
                        },
                    },
                ],
            },
        },
        { parent },
    );
    return gateway.id.apply((id) => `${id}-istio`);
}

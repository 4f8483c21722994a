import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Status of a Service: the SDK's types promise more than the API server does. */
interface ServiceStatus {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
}

interface ServiceSpec {
    readonly externalIPs?: readonly string[];
}

/**
 * Address that a gateway's load balancer gave it: an IP address or, in some clouds, a host name. Else one that its Service was given.
 *
 * @param id `namespace/name` of the gateway's Service, known once it has the address.
 */
export function gatewayAddress(
    name: string,
    id: pulumi.Output<string>,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    return loadBalancerAddress(k8s.core.v1.Service.get(name, id, { parent }), "the gateway's Service");
}

/** The same of a Service of this program. @param what It in words. */
export function loadBalancerAddress(service: k8s.core.v1.Service, what: string): pulumi.Output<string> {
    return pulumi.all([service.status, service.spec]).apply(([status, spec]: [ServiceStatus?, ServiceSpec?]) => {
        const [ingress] = status?.loadBalancer?.ingress ?? [];
        const address = ingress?.ip ?? ingress?.hostname ?? spec?.externalIPs?.[0];
        if (address === undefined) {
            throw new pulumi.ResourceError(
                `${what} has no load-balancer address: install a load-balancer controller in the ` +
                    "cluster (kind: MetalLB or cloud-provider-kind), or set `externalIPs` of the Service; then run `up` again",
                service,
                true,
            );
        }
        return address;
    });
}

/** Load-balancer addresses for a kind cluster with Docker, which gives none: MetalLB (https://metallb.io) does. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import ipaddr from "ipaddr.js";
import { METALLB_CHARTS, METALLB_VERSION } from "../../shared/versions";

const API = "metallb.io/v1beta1";

/**
 * @param node IP address of the cluster's node on the network that it shares with the other kind clusters.
 * @param position Of the cluster in the topology: decides which addresses are its own.
 * @returns What has to be there before a load balancer gets its address.
 */
export function metalLb(
    name: string,
    node: pulumi.Output<string>,
    position: number,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    const namespace = new k8s.core.v1.Namespace(
        `${name}-metallb-namespace`,
        {
            metadata: {
                name: "metallb-system",
                // Its speaker answers for addresses on the node's own network.
                labels: { "pod-security.kubernetes.io/enforce": "privileged" },
            },
        },
        opts,
    );
    const release = new k8s.helm.v3.Release(
        `${name}-metallb-release`,
        {
            name: "metallb",
            namespace: namespace.metadata.name,
            chart: "metallb",
            version: METALLB_VERSION,
            repositoryOpts: { repo: METALLB_CHARTS },
            values: {
                // Only BGP needs FRR.
                speaker: { frr: { enabled: false } },
                frrk8s: { enabled: false },
                // Its webhook answers later than its Deployment is available.
                crds: { validationFailurePolicy: "Ignore" },
            },
        },
        opts,
    );
    // The release brings the kinds of these two.
    const metadata = { name, namespace: release.status.namespace };
    const pool = new k8s.apiextensions.CustomResource(
        `${name}-metallb-pool`,
        {
            apiVersion: API,
            kind: "IPAddressPool",
            metadata,
            spec: { addresses: [node.apply((address) => addressesOf(address, position))] },
        },
        opts,
    );
    const advertisement = new k8s.apiextensions.CustomResource(
        `${name}-metallb-advertisement`,
        { apiVersion: API, kind: "L2Advertisement", metadata, spec: { ipAddressPools: [name] } },
        opts,
    );
    return [pool, advertisement];
}

/**
 * 254 addresses of the node's /16, which is what Docker gives its network `kind`. They lie at its end, while Docker
 * gives containers addresses from its beginning: no cluster meets another, and none meets a node.
 *
 * @throws RunError for a node without an IPv4 address.
 */
export function addressesOf(node: string, position: number): string {
    if (!ipaddr.IPv4.isValid(node)) {
        throw new pulumi.RunError(
            `MetalLB needs a node with an IPv4 address, and this one has ${JSON.stringify(node)}`,
        );
    }
    const [first, second] = ipaddr.IPv4.parse(node).octets;
    const prefix = `${first}.${second}.${255 - position}`;
    return `${prefix}.1-${prefix}.254`;
}

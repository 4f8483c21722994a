/** Step 1: the Kubernetes clusters of the stack, made or found, and a provider for each. */
import * as k8s from "@pulumi/kubernetes";
import * as kind from "@pulumi/kind";
import * as pulumi from "@pulumi/pulumi";
import { type Identity, identityOf } from "./identity";
import { metalLb } from "./metallb";
import type { ClusterConfig, SourceConfig } from "../config";
import type { KindSource } from "../config/schema";

/** How the program works on a cluster. */
export interface Connection {
    /** Puts components into the cluster. */
    readonly options: pulumi.ComponentResourceOptions;
    /** Administrator's kubeconfig; secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Tells it from another cluster of its name. */
    readonly identity: pulumi.Output<Identity>;
    /** URL of the API server as pods of the other clusters reach it. */
    readonly apiServer: pulumi.Output<string>;
}

/** A cluster of the mesh that the program can work on. */
export type ConnectedCluster = ClusterConfig & Connection;

/** @param recorded Which cluster it was with the last `up`. */
export function connectCluster<Cluster extends SourceConfig>(
    config: Cluster,
    recorded: Identity | undefined,
): Cluster & Connection {
    const { name, source, sharedNetwork } = config;
    if (source.source === "existing") {
        const kubeconfig = pulumi.secret(source.kubeconfig);
        const identity = identified(name, kubeconfig, source.context, recorded);
        const provider = newProvider(name, kubeconfig, source.context, identity);
        return { ...config, options: { provider }, kubeconfig, identity, apiServer: pulumi.output(source.apiServer) };
    }
    const cluster = kindCluster(name, source, sharedNetwork);
    const kubeconfig = pulumi.secret(cluster.kubeconfig);
    const identity = identified(name, kubeconfig, undefined, recorded);
    const provider = newProvider(name, kubeconfig, undefined, identity);
    const node = nodeAddress(name, kubeconfig, provider);
    const options = { provider, transformations: [endsWith(cluster)] };
    // The chart of a gateway is installed only once its Service has an address.
    const dependsOn = source.loadBalancer === undefined ? [] : metalLb(name, node, config.position, options);
    return {
        ...config,
        options: { ...options, dependsOn },
        kubeconfig,
        identity,
        apiServer: pulumi.interpolate`https://${node}:6443`,
    };
}

function kindCluster(
    name: string,
    { nodeImage, podSubnet, serviceSubnet }: KindSource,
    network: string | undefined,
): kind.Cluster {
    return new kind.Cluster(
        name,
        {
            name,
            // Without it, kind also switches the user's own kubectl to the new cluster.
            kubeconfigPath: `.mesh/kubeconfigs/${name}.yaml`,
            waitForReady: true,
            kindConfig: {
                apiVersion: "kind.x-k8s.io/v1alpha4",
                kind: "Cluster",
                networking: { podSubnet, serviceSubnet },
                ...(network !== undefined && {
                    nodes: [{ role: "control-plane", labels: { "topology.istio.io/network": network } }],
                }),
            },
            nodeImage,
        },
        {
            // Every change replaces a kind cluster, and two cannot have one name.
            deleteBeforeReplace: true,
            // The provider marks nothing as secret.
            additionalSecretOutputs: ["kubeconfig", "clientKey", "clientCertificate"],
        },
    );
}

function identified(
    name: string,
    kubeconfig: pulumi.Output<string>,
    context: string | undefined,
    recorded: Identity | undefined,
): pulumi.Output<Identity> {
    return pulumi.unsecret(kubeconfig.apply((text) => identityOf(name, text, context, recorded)));
}

function newProvider(
    name: string,
    kubeconfig: pulumi.Output<string>,
    context: string | undefined,
    identity: pulumi.Output<Identity>,
): k8s.Provider {
    return new k8s.Provider(name, {
        kubeconfig,
        ...(context === undefined ? {} : { context }),
        clusterIdentifier: identity.id,
        // A changed Secret is updated. A replaced one is gone for a moment: istiod would drop the peer, or its own CA.
        enableSecretMutable: true,
    });
}

/**
 * What is in a cluster need not be deleted when the cluster is. Not an option of the components: Pulumi warns there
 * that it says nothing about them, though their children inherit it.
 */
function endsWith(cluster: kind.Cluster): pulumi.ResourceTransformation {
    return ({ type, props, opts }) =>
        type.startsWith("kubernetes:") ? { props, opts: { ...opts, deletedWith: cluster } } : undefined;
}

/** A kind cluster's kubeconfig names a loopback address. Its node has one that other clusters' pods reach. */
function nodeAddress(name: string, kubeconfig: pulumi.Output<string>, provider: k8s.Provider) {
    // The node exists as soon as the cluster does: its id becomes known with the kubeconfig.
    const id = pulumi.unsecret(kubeconfig.apply(() => `${name}-control-plane`));
    const node = k8s.core.v1.Node.get(`${name}-node`, id, { provider });
    return node.status.addresses.apply((addresses) => {
        const address = addresses.find(({ type }) => type === "InternalIP")?.address;
        if (address === undefined) {
            throw new pulumi.ResourceError("the node has no InternalIP address", node, true);
        }
        return address;
    });
}

import * as pulumi from "@pulumi/pulumi";
import { ControlPlane } from "./controlPlane";
import { EastWestGateway } from "./eastWestGateway";
import { IngressGateway } from "./ingressGateway";
import { clusterProblems } from "./internal/istio";
import { DEFAULT_TRUST_DOMAIN, typeToken } from "./internal/names";
import type { CertificateAuthorityArgs } from "./internal/types";
import { refuse } from "./internal/values/release";
import type { IstioArgs } from "./istio";
import { RemoteReader } from "./remoteReader";

/** Arguments of {@link MeshCluster}. The cluster is the one of `opts.provider`. */
export interface MeshClusterArgs {
    /** Name of the mesh. Equal in all its clusters. */
    meshId: pulumi.Input<string>;
    /** Istio's name of this cluster. Unique in the mesh. */
    clusterName: string;
    /** Network that this cluster's pods are on. */
    network: string;
    /** First part of every workload's identity. Equal in all clusters. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string> | undefined;
    /**
     * Whether its control plane also serves clusters without an istiod of their own, {@link RemoteControlPlane}, and its
     * east-west gateway lets them reach it. @defaultValue false
     */
    shared?: boolean | undefined;
    /** The intermediate, which signs the certificates of this cluster's workloads. */
    certificateAuthority: CertificateAuthorityArgs;
    /** URL of this cluster's API server as pods of the other clusters reach it. */
    apiServer: pulumi.Input<string>;
    /** {@link RemoteReaderArgs.tokens}. @defaultValue `[1]` */
    readerTokens?: number[];
    /** Release, images and values of Istio's charts. @defaultValue as the charts */
    istio?: IstioArgs | undefined;
    /** Whether this cluster has an ingress gateway for clients outside the mesh. @defaultValue false */
    ingress?: boolean;
}

/**
 * Everything one cluster of a mesh needs for itself: control plane, east-west gateway, reader for its peers and, if asked
 * for, ingress gateway. {@link RemoteSecret} adds a peer.
 *
 * Its provider needs `enableSecretMutable: true`: a changed Secret is then updated in place, while a replaced one is gone for a
 * moment, in which istiod may start with a root of its own.
 * https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
 *
 * @example
 * ```ts
 * const west = new MeshCluster(
 *     "west",
 *     {
 *         meshId: "usmesh",
 *         clusterName: "west-cluster",
 *         network: "west-network",
 *         apiServer: "https://203.0.113.7:6443",
 *         certificateAuthority,
 *         ingress: true,
 *     },
 *     { provider },
 * );
 * export const ingress = west.ingressAddress;
 * ```
 */
export class MeshCluster extends pulumi.ComponentResource {
    /** {@link ControlPlane.namespace}, for {@link RemoteSecret}. */
    public readonly namespace: pulumi.Output<string>;
    /** Kubeconfig with which peers discover this cluster; secret, for {@link RemoteSecret} in the peers. */
    public readonly readerKubeconfig: pulumi.Output<string>;
    /** IP address or host name of the east-west gateway. */
    public readonly eastWestAddress: pulumi.Output<string>;
    /** TCP port of the east-west gateway. */
    public readonly eastWestPort: pulumi.Output<number>;
    /** IP address or host name of the ingress gateway, if there is one. */
    public readonly ingressAddress: pulumi.Output<string> | undefined;

    constructor(name: string, args: MeshClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const { certificateAuthority, istio = {}, ...recorded } = args;
        // All at once, and before the first resource of one of the parts.
        refuse(clusterProblems(istio, { ...args, trustDomain: args.trustDomain ?? DEFAULT_TRUST_DOMAIN }));
        super(typeToken("MeshCluster"), name, recorded, opts);
        const { network, shared } = args;

        const controlPlane = new ControlPlane(
            `${name}-control-plane`,
            {
                network,
                shared,
                certificateAuthority,
                istio,
                meshId: args.meshId,
                clusterName: args.clusterName,
                trustDomain: args.trustDomain,
            },
            { parent: this },
        );
        const { namespace } = controlPlane;
        const eastWest = new EastWestGateway(
            `${name}-eastwest`,
            { network, namespace, istio, shared },
            { parent: this },
        );
        const reader = new RemoteReader(
            `${name}-reader`,
            {
                clusterName: args.clusterName,
                apiServer: args.apiServer,
                namespace,
                ...(args.readerTokens && { tokens: args.readerTokens }),
            },
            { parent: this },
        );
        const ingress = args.ingress
            ? new IngressGateway(`${name}-ingress`, { namespace, istio }, { parent: this })
            : undefined;

        this.namespace = namespace;
        this.readerKubeconfig = reader.kubeconfig;
        this.eastWestAddress = eastWest.address;
        this.eastWestPort = eastWest.port;
        this.ingressAddress = ingress?.address;
        this.registerOutputs({
            namespace: this.namespace,
            readerKubeconfig: this.readerKubeconfig,
            eastWestAddress: this.eastWestAddress,
            eastWestPort: this.eastWestPort,
            ingressAddress: this.ingressAddress,
        });
    }
}

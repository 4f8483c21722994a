import * as pulumi from "@pulumi/pulumi";
import { ControlPlane } from "./controlPlane";
import { EastWestGateway } from "./eastWestGateway";
import { IngressGateway } from "./ingressGateway";
import { clusterProblems, gatewayProblems, remoteProblems } from "./internal/istio";
import { DEFAULT_TRUST_DOMAIN, typeToken } from "./internal/names";
import { isConfigCluster } from "./internal/values/istiod";
import type { CertificateAuthorityArgs } from "./internal/types";
import type { ValueProblem } from "./internal/values/problem";
import { refuse } from "./internal/values/release";
import type { IstioArgs } from "./istio";
import type { SharingArgs } from "./sharedServiceArgs";
import { type PrimaryArgs, RemoteControlPlane } from "./remoteControlPlane";
import { RemoteReader } from "./remoteReader";

/** Arguments of {@link MeshCluster}. The cluster is the one of `opts.provider`. */
export interface MeshClusterArgs {
    /** Name of the mesh. Equal in all its clusters. */
    meshId: pulumi.Input<string>;
    /** Istio's name of this cluster. Unique in the mesh. */
    clusterName: string;
    /** Network that this cluster's pods are on. Clusters share one only if their pods reach each other. */
    network: string;
    /** First part of every workload's identity. Equal in all clusters. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string> | undefined;
    /**
     * Whether its control plane also serves clusters without an istiod of their own, {@link RemoteControlPlane}, and its
     * east-west gateway lets them reach it. @defaultValue false
     */
    shared?: boolean | undefined;
    /** The intermediate, which signs the certificates of this cluster's workloads. Needed where there is no `primary`. */
    certificateAuthority?: CertificateAuthorityArgs | undefined;
    /**
     * The cluster whose istiod serves this one and signs for it: {@link RemoteControlPlane}; this cluster itself, where its istiod is an
     * {@link ExternalControlPlane}. @defaultValue it has its own istiod, {@link ControlPlane}
     */
    primary?: PrimaryArgs | undefined;
    /**
     * With `primary`: any value that is known once that istiod reads this cluster, e.g. {@link RemoteSecret.peer} of the
     * Secret there, or {@link ExternalControlPlane.ready}; a `pulumi.deferredOutput()`, since the Secret needs {@link MeshCluster.readerKubeconfig}. No pod gets a sidecar
     * before that, so gateways wait for it. @defaultValue it does not read it yet, and there are no gateways
     */
    served?: pulumi.Input<string> | undefined;
    /**
     * Which services cross the borders of this cluster; the others stay within theirs. @defaultValue all, as Istio has it
     */
    sharing?: SharingArgs | undefined;
    /** URL of this cluster's API server as pods of the other clusters reach it. */
    apiServer: pulumi.Input<string>;
    /** {@link RemoteReaderArgs.tokens}. @defaultValue `[1]` */
    readerTokens?: number[];
    /** Release, images and values of Istio's charts. @defaultValue as the charts */
    istio?: IstioArgs | undefined;
    /**
     * Whether this cluster has an east-west gateway. It needs none where all clusters of the mesh are on one network, unless its
     * control plane is `shared`. @defaultValue true
     */
    eastWest?: boolean;
    /** Whether this cluster has an ingress gateway for clients outside the mesh. @defaultValue false */
    ingress?: boolean;
}

/**
 * Everything one cluster of a mesh needs for itself: control plane, east-west gateway, reader for its peers and, if asked
 * for, ingress gateway. {@link RemoteSecret} adds a peer. From an istiod of its own to that of another cluster, and back, it
 * changes in place.
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
    /** {@link ControlPlane.namespace}, for {@link RemoteSecret}; with `primary`, known once that serves this cluster. */
    public readonly namespace: pulumi.Output<string>;
    /** Kubeconfig with which peers discover this cluster; secret, for {@link RemoteSecret} in the peers. */
    public readonly readerKubeconfig: pulumi.Output<string>;
    /** Kubeconfig with which an istiod outside of this cluster is its own, if it has one; secret, for {@link ExternalControlPlane}. */
    public readonly istiodKubeconfig: pulumi.Output<string> | undefined;
    /** IP address or host name of the east-west gateway, if there is one. */
    public readonly eastWestAddress: pulumi.Output<string> | undefined;
    /** TCP port of the east-west gateway, if there is one. */
    public readonly eastWestPort: pulumi.Output<number> | undefined;
    /** IP address or host name of the ingress gateway, if there is one. */
    public readonly ingressAddress: pulumi.Output<string> | undefined;

    constructor(name: string, args: MeshClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const { certificateAuthority: authority, served, istio = {}, ...recorded } = args;
        const model = modelOf(args.clusterName, authority, args.primary);
        // All at once, and before the first resource of one of the parts.
        refuse(settingsProblems(args, istio));
        super(typeToken("MeshCluster"), name, recorded, opts);
        const { meshId, clusterName, network, trustDomain, shared, sharing } = args;

        const identity = { meshId, clusterName, network, trustDomain, sharing, istio };
        // What both models have is the same resource in both, so that a change of model keeps it.
        const controlPlane = model.primary
            ? new RemoteControlPlane(
                  `${name}-control-plane`,
                  { ...identity, primary: model.primary },
                  { parent: this, aliases: [{ type: typeToken("ControlPlane") }] },
              )
            : new ControlPlane(
                  `${name}-control-plane`,
                  { ...identity, shared, certificateAuthority: model.certificateAuthority },
                  { parent: this, aliases: [{ type: typeToken("RemoteControlPlane") }] },
              );
        const namespace = model.primary
            ? pulumi.all([controlPlane.namespace, served]).apply(([ready]) => ready)
            : controlPlane.namespace;
        const hasSidecars = model.primary === undefined || served !== undefined;
        const eastWest =
            args.eastWest !== false && hasSidecars
                ? new EastWestGateway(
                      `${name}-eastwest`,
                      { network, namespace, istio, shared, sharing },
                      { parent: this },
                  )
                : undefined;
        const readBy = {
            clusterName,
            apiServer: args.apiServer,
            namespace: controlPlane.namespace,
            ...(args.readerTokens && { tokens: args.readerTokens }),
        };
        const reader = new RemoteReader(`${name}-reader`, readBy, { parent: this });
        const external =
            model.primary && isConfigCluster({ clusterName, primary: model.primary })
                ? new RemoteReader(`${name}-istiod`, { ...readBy, account: "istiod" }, { parent: this })
                : undefined;
        const ingress =
            args.ingress && hasSidecars
                ? new IngressGateway(`${name}-ingress`, { namespace, istio }, { parent: this })
                : undefined;

        this.namespace = namespace;
        this.readerKubeconfig = reader.kubeconfig;
        this.istiodKubeconfig = external?.kubeconfig;
        this.eastWestAddress = eastWest?.address;
        this.eastWestPort = eastWest?.port;
        this.ingressAddress = ingress?.address;
        this.registerOutputs({
            namespace: this.namespace,
            readerKubeconfig: this.readerKubeconfig,
            istiodKubeconfig: this.istiodKubeconfig,
            eastWestAddress: this.eastWestAddress,
            eastWestPort: this.eastWestPort,
            ingressAddress: this.ingressAddress,
        });
    }
}

type Model =
    | { readonly primary: PrimaryArgs; readonly certificateAuthority?: undefined }
    | { readonly certificateAuthority: CertificateAuthorityArgs; readonly primary?: undefined };

/** @throws RunError for a cluster for which nobody, or two, would sign. */
function modelOf(
    clusterName: string,
    certificateAuthority: CertificateAuthorityArgs | undefined,
    primary: PrimaryArgs | undefined,
): Model {
    if (primary && certificateAuthority === undefined) return { primary };
    if (certificateAuthority && primary === undefined) return { certificateAuthority };
    throw new pulumi.RunError(
        `${clusterName}: set either \`certificateAuthority\`, with which its own istiod signs, or \`primary\`, whose istiod signs for it`,
    );
}

function settingsProblems(args: MeshClusterArgs, istio: IstioArgs): ValueProblem[] {
    const { primary, network, sharing, trustDomain = DEFAULT_TRUST_DOMAIN } = args;
    if (primary === undefined) return clusterProblems(istio, { ...args, trustDomain });
    return [
        ...remoteProblems(istio, { ...args, trustDomain, primary }),
        ...gatewayProblems(network, istio, { sharing }),
    ];
}

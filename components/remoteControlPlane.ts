import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel, checkedInput } from "./internal/checks";
import { cniChart, remoteBaseChart, remoteIstiodChart, remoteProblems } from "./internal/istio";
import {
    CONTROL_PLANE_CLUSTERS,
    DEFAULT_TRUST_DOMAIN,
    ISTIO_NAMESPACE,
    NETWORK_LABEL,
    typeToken,
} from "./internal/names";
import { istiodAddressProblem } from "./internal/rules";
import { refuse, releaseOf } from "./internal/values/release";
import type { IstioArgs } from "./istio";
import type { SharingArgs } from "./sharedServiceArgs";

/** The cluster whose istiod serves a {@link RemoteControlPlane}. */
export interface PrimaryArgs {
    /**
     * Istio's name of it. That of the cluster itself, where its own istiod runs outside of it: {@link ExternalControlPlane}. The mesh's
     * configuration is then in this cluster.
     */
    clusterName: string;
    /**
     * IP address on which its istiod answers: {@link EastWestGateway.address} of a shared one, or {@link ExternalControlPlane.address}. An API server does not call webhooks
     * through a host name (https://github.com/istio/istio/issues/45014): where a load balancer has only that, give an
     * address that it resolves to, and that does not change. @defaultValue none yet: there is no Service `istiod` then. The first of
     * two steps for a cluster whose own istiod another one replaces; else the addresses of its pods stay among the endpoints.
     */
    address?: pulumi.Input<string>;
}

/** Arguments of {@link RemoteControlPlane}. The cluster is the one of `opts.provider`. */
export interface RemoteControlPlaneArgs {
    /** Name of the mesh. Equal in all its clusters. */
    meshId: pulumi.Input<string>;
    /** Istio's name of this cluster. Unique in the mesh. */
    clusterName: string;
    /** Network that this cluster's pods are on. Clusters share one only if their pods reach each other. */
    network: string;
    /** First part of every workload's identity, for the configuration of a mesh that is in this cluster. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string> | undefined;
    /** The cluster whose istiod serves this one: with a control plane and an east-west gateway that are `shared`, or an external one. */
    primary: PrimaryArgs;
    /**
     * Which services cross the borders of clusters, where this one has the configuration of the mesh; the others stay within theirs. @defaultValue all, as Istio has it
     */
    sharing?: SharingArgs | undefined;
    /**
     * Release, images and values of the charts `base`, `istiod` and `cni`. How many replicas istiod has and the like says
     * nothing here, where it does not run. @defaultValue as the charts
     */
    istio?: IstioArgs | undefined;
}

/**
 * A cluster in which no istiod runs: another cluster's, or one outside of the mesh, injects its sidecars, signs their certificates
 * and configures them. It has no `cacerts` either. That istiod has to read this cluster first: make a {@link RemoteReader} here, a
 * {@link RemoteSecret} beside istiod, and let gateways and apps of this cluster depend on that Secret.
 * https://istio.io/latest/docs/setup/install/multicluster/primary-remote_multi-network/
 *
 * This cluster's API server, and not only its pods, has to reach the address on ports 15012 and 15017. While it does not,
 * pods that run go on, and no new ones start.
 *
 * @example
 * ```ts
 * const remote = new RemoteControlPlane(
 *     "east-control-plane",
 *     {
 *         meshId: "usmesh",
 *         clusterName: "east-cluster",
 *         network: "east-network",
 *         primary: { clusterName: "west-cluster", address: "203.0.113.7" },
 *     },
 *     { provider },
 * );
 * export const namespace = remote.namespace;
 * ```
 */
export class RemoteControlPlane extends pulumi.ComponentResource {
    /** The namespace `istio-system`, known as soon as the other istiod may be told of this cluster. */
    public readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: RemoteControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
        const { istio = {}, primary, ...recorded } = args;
        assertDnsLabel("clusterName", args.clusterName);
        assertDnsLabel("network", args.network);
        assertDnsLabel("primary.clusterName", primary.clusterName);
        const identity = { ...args, trustDomain: args.trustDomain ?? DEFAULT_TRUST_DOMAIN };
        refuse(remoteProblems(istio, identity));
        super(typeToken("RemoteControlPlane"), name, { ...recorded, primary }, opts);

        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            {
                metadata: {
                    name: ISTIO_NAMESPACE,
                    labels: { [NETWORK_LABEL]: args.network },
                    annotations: { [CONTROL_PLANE_CLUSTERS]: primary.clusterName },
                },
            },
            { parent: this },
        );
        const served = {
            clusterName: primary.clusterName,
            address:
                primary.address && checkedInput("primary.address", primary.address, istiodAddressProblem, namespace),
        };
        const chart = { namespace: namespace.metadata.name };
        const base = new k8s.helm.v3.Release(
            `${name}-base`,
            { name: "istio-base", ...chart, ...releaseOf(remoteBaseChart(istio), istio) },
            { parent: this },
        );
        const agent =
            istio.cni === true
                ? new k8s.helm.v3.Release(
                      `${name}-cni`,
                      { name: "istio-cni", ...chart, ...releaseOf(cniChart(istio), istio) },
                      { parent: this },
                  )
                : undefined;
        const istiod = new k8s.helm.v3.Release(
            `${name}-istiod`,
            {
                name: "istiod",
                ...chart,
                ...releaseOf(remoteIstiodChart({ ...identity, primary: served }, istio), istio),
            },
            { parent: this, dependsOn: agent ?? [] },
        );

        this.namespace = pulumi.all([namespace.metadata.name, base.id, istiod.id]).apply(([ready]) => ready);
        this.registerOutputs({ namespace: this.namespace });
    }
}

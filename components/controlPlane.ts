import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { cacerts } from "./internal/cacerts";
import { assertDnsLabel } from "./internal/checks";
import { baseChart, cniChart, istiodChart, istioProblems } from "./internal/istio";
import { DEFAULT_TRUST_DOMAIN, ISTIO_NAMESPACE, NETWORK_LABEL, typeToken } from "./internal/names";
import type { CertificateAuthorityArgs } from "./internal/types";
import { refuse, releaseOf } from "./internal/values/release";
import type { IstioArgs } from "./istio";
import type { SharingArgs } from "./sharedServiceArgs";

/** Arguments of {@link ControlPlane}. The cluster is the one of `opts.provider`. */
export interface ControlPlaneArgs {
    /** Name of the mesh. Equal in all its clusters. */
    meshId: pulumi.Input<string>;
    /** Istio's name of this cluster. Unique in the mesh. */
    clusterName: string;
    /** Network that this cluster's pods are on. Clusters share one only if their pods reach each other. */
    network: string;
    /** First part of every workload's identity. Equal in all clusters. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string> | undefined;
    /**
     * Whether it also serves clusters without an istiod of their own, {@link RemoteControlPlane}. Its east-west gateway is
     * then `shared`, too. @defaultValue false
     */
    shared?: boolean | undefined;
    /**
     * Which services cross the borders of this cluster; the others stay within theirs. @defaultValue all, as Istio has it
     */
    sharing?: SharingArgs | undefined;
    /** The intermediate, which signs the certificates of this cluster's workloads. */
    certificateAuthority: CertificateAuthorityArgs;
    /** Release, images and values of the charts `base`, `istiod` and `cni`. @defaultValue as the charts */
    istio?: IstioArgs | undefined;
}

/**
 * A primary Istio control plane that signs with a given intermediate: namespace `istio-system` with its network label,
 * then Secret `cacerts`, then istiod; beside them chart `base`, for whose CRDs a starting istiod waits by itself.
 * It installs no gateway.
 *
 * Its provider needs `enableSecretMutable: true`: a changed Secret is then updated in place, while a replaced one is gone for a
 * moment, in which istiod may start with a root of its own.
 * https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
 *
 * @example
 * ```ts
 * const controlPlane = new ControlPlane(
 *     "west-control-plane",
 *     { meshId: "usmesh", clusterName: "west-cluster", network: "west-network", certificateAuthority },
 *     { provider },
 * );
 * ```
 */
export class ControlPlane extends pulumi.ComponentResource {
    /** The namespace `istio-system`, known as soon as Istio's CRDs exist and istiod answers. */
    public readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("clusterName", args.clusterName);
        assertDnsLabel("network", args.network);
        const { certificateAuthority, istio = {}, ...recorded } = args;
        refuse(istioProblems(istio));
        const charts = {
            base: releaseOf(baseChart(istio), istio),
            cni: istio.cni === true ? releaseOf(cniChart(istio), istio) : undefined,
            istiod: releaseOf(
                istiodChart({ ...args, trustDomain: args.trustDomain ?? DEFAULT_TRUST_DOMAIN }, istio),
                istio,
            ),
        };
        super(typeToken("ControlPlane"), name, recorded, opts);

        const namespace = new k8s.core.v1.Namespace(
            `${name}-namespace`,
            { metadata: { name: ISTIO_NAMESPACE, labels: { [NETWORK_LABEL]: args.network } } },
            { parent: this },
        );
        const authority = cacerts(
            `${name}-cacerts`,
            { namespace: namespace.metadata.name, certificateAuthority },
            this,
        );
        const base = new k8s.helm.v3.Release(
            `${name}-base`,
            { name: "istio-base", namespace: namespace.metadata.name, ...charts.base },
            { parent: this },
        );
        const agent =
            charts.cni &&
            new k8s.helm.v3.Release(
                `${name}-cni`,
                { name: "istio-cni", namespace: namespace.metadata.name, ...charts.cni },
                { parent: this },
            );
        const istiod = new k8s.helm.v3.Release(
            `${name}-istiod`,
            { name: "istiod", namespace: namespace.metadata.name, ...charts.istiod },
            // istiod mounts the Secret if it is there when its pod starts, and else makes a root of its own. Pods that it
            // injects for the agent do not start before the agent runs on their node.
            { parent: this, dependsOn: agent === undefined ? authority : [authority, agent] },
        );

        this.namespace = pulumi.all([namespace.metadata.name, base.id, istiod.id]).apply(([ready]) => ready);
        this.registerOutputs({ namespace: this.namespace });
    }
}

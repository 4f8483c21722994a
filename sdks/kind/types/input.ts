import type { Input } from "@pulumi/pulumi";

/** kind's own configuration file, see https://kind.sigs.k8s.io/docs/user/configuration/. */
export interface ClusterKindConfig {
    /** `kind.x-k8s.io/v1alpha4` */
    readonly apiVersion: Input<string>;
    /** `Cluster` */
    readonly kind: Input<string>;
    readonly containerdConfigPatches?: Input<Input<string>[] | undefined>;
    readonly featureGates?: Input<Record<string, Input<string>> | undefined>;
    readonly networking?: Input<ClusterKindConfigNetworking | undefined>;
    readonly nodes?: Input<Input<ClusterKindConfigNode>[] | undefined>;
    readonly runtimeConfig?: Input<Record<string, Input<string>> | undefined>;
}

export interface ClusterKindConfigNetworking {
    readonly apiServerAddress?: Input<string | undefined>;
    readonly apiServerPort?: Input<number | undefined>;
    readonly disableDefaultCni?: Input<boolean | undefined>;
    readonly ipFamily?: Input<string | undefined>;
    readonly kubeProxyMode?: Input<string | undefined>;
    readonly podSubnet?: Input<string | undefined>;
    readonly serviceSubnet?: Input<string | undefined>;
}

export interface ClusterKindConfigNode {
    readonly extraMounts?: Input<Input<ClusterKindConfigNodeExtraMount>[] | undefined>;
    readonly extraPortMappings?: Input<Input<ClusterKindConfigNodeExtraPortMapping>[] | undefined>;
    readonly image?: Input<string | undefined>;
    readonly kubeadmConfigPatches?: Input<Input<string>[] | undefined>;
    readonly labels?: Input<Record<string, Input<string>> | undefined>;
    /** `control-plane` or `worker` */
    readonly role?: Input<string | undefined>;
}

export interface ClusterKindConfigNodeExtraMount {
    readonly containerPath?: Input<string | undefined>;
    readonly hostPath?: Input<string | undefined>;
    readonly propagation?: Input<string | undefined>;
    readonly readOnly?: Input<boolean | undefined>;
    readonly selinuxRelabel?: Input<boolean | undefined>;
}

export interface ClusterKindConfigNodeExtraPortMapping {
    readonly containerPort?: Input<number | undefined>;
    readonly hostPort?: Input<number | undefined>;
    readonly listenAddress?: Input<string | undefined>;
    readonly protocol?: Input<string | undefined>;
}

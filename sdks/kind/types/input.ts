import type { Input } from "@pulumi/pulumi";

/** kind's own configuration file, see https://kind.sigs.k8s.io/docs/user/configuration/. */
export interface ClusterKindConfig {
    /** `kind.x-k8s.io/v1alpha4` */
    readonly apiVersion: Input<string>;
    /** `Cluster` */
    readonly kind: Input<string>;
    readonly containerdConfigPatches?: Input<Input<string>[]>;
    readonly featureGates?: Input<Record<string, Input<string>>>;
    readonly networking?: Input<ClusterKindConfigNetworking>;
    readonly nodes?: Input<Input<ClusterKindConfigNode>[]>;
    readonly runtimeConfig?: Input<Record<string, Input<string>>>;
}

export interface ClusterKindConfigNetworking {
    readonly apiServerAddress?: Input<string>;
    readonly apiServerPort?: Input<number>;
    readonly disableDefaultCni?: Input<boolean>;
    readonly ipFamily?: Input<string>;
    readonly kubeProxyMode?: Input<string>;
    readonly podSubnet?: Input<string>;
    readonly serviceSubnet?: Input<string>;
}

export interface ClusterKindConfigNode {
    readonly extraMounts?: Input<Input<ClusterKindConfigNodeExtraMount>[]>;
    readonly extraPortMappings?: Input<Input<ClusterKindConfigNodeExtraPortMapping>[]>;
    readonly image?: Input<string>;
    readonly kubeadmConfigPatches?: Input<Input<string>[]>;
    readonly labels?: Input<Record<string, Input<string>>>;
    /** `control-plane` or `worker` */
    readonly role?: Input<string>;
}

export interface ClusterKindConfigNodeExtraMount {
    readonly containerPath?: Input<string>;
    readonly hostPath?: Input<string>;
    readonly propagation?: Input<string>;
    readonly readOnly?: Input<boolean>;
    readonly selinuxRelabel?: Input<boolean>;
}

export interface ClusterKindConfigNodeExtraPortMapping {
    readonly containerPort?: Input<number>;
    readonly hostPort?: Input<number>;
    readonly listenAddress?: Input<string>;
    readonly protocol?: Input<string>;
}

import * as pulumi from "@pulumi/pulumi";
import type { ClusterKindConfig } from "./types/input";
import { getPackage } from "./utilities";

export interface ClusterArgs {
    /** kind's own configuration file. */
    readonly kindConfig?: pulumi.Input<ClusterKindConfig | undefined>;
    /** File that the kubeconfig is written to. Default: `<name>-config` in the working directory. */
    readonly kubeconfigPath?: pulumi.Input<string | undefined>;
    /** Name of the cluster; its node is `<name>-control-plane`. */
    readonly name?: pulumi.Input<string | undefined>;
    /** Image of the nodes, e.g. `kindest/node:v1.34.0@sha256:…`. Default: that of the kind release in the provider. */
    readonly nodeImage?: pulumi.Input<string | undefined>;
    /** Whether to wait until the control plane is ready. Default false. */
    readonly waitForReady?: pulumi.Input<boolean | undefined>;
}

/** A cluster made by kind (https://github.com/tehcyx/terraform-provider-kind). Every change of it is a replacement. */
export class Cluster extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "kind:index/cluster:Cluster";

    declare public readonly clientCertificate: pulumi.Output<string>;
    declare public readonly clientKey: pulumi.Output<string>;
    declare public readonly clusterCaCertificate: pulumi.Output<string>;
    declare public readonly completed: pulumi.Output<boolean>;
    /** URL of the API server as the machine that runs kind reaches it. */
    declare public readonly endpoint: pulumi.Output<string>;
    declare public readonly kindConfig: pulumi.Output<pulumi.Unwrap<ClusterKindConfig> | undefined>;
    /** Administrator's kubeconfig. The provider does not mark it as secret. */
    declare public readonly kubeconfig: pulumi.Output<string>;
    declare public readonly kubeconfigPath: pulumi.Output<string>;
    declare public readonly name: pulumi.Output<string>;
    declare public readonly nodeImage: pulumi.Output<string>;
    declare public readonly waitForReady: pulumi.Output<boolean | undefined>;

    public constructor(name: string, args?: ClusterArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = {
            kindConfig: args?.kindConfig,
            kubeconfigPath: args?.kubeconfigPath,
            name: args?.name,
            nodeImage: args?.nodeImage,
            waitForReady: args?.waitForReady,
            clientCertificate: undefined,
            clientKey: undefined,
            clusterCaCertificate: undefined,
            completed: undefined,
            endpoint: undefined,
            kubeconfig: undefined,
        };
        super(Cluster.__pulumiType, name, inputs, { version: "0.9.0", ...opts }, false, getPackage());
    }
}

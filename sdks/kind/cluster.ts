import * as pulumi from "@pulumi/pulumi";
import type { ClusterKindConfig } from "./types/input";
import { getPackage } from "./utilities";

export interface ClusterArgs {
    /** kind's own configuration file. */
    readonly kindConfig?: pulumi.Input<ClusterKindConfig>;
    /** File that the kubeconfig is written to. Default: `<name>-config` in the working directory. */
    readonly kubeconfigPath?: pulumi.Input<string>;
    /** Name of the cluster; its node is `<name>-control-plane`. */
    readonly name?: pulumi.Input<string>;
    /** Image of the nodes, e.g. `kindest/node:v1.34.0@sha256:…`. Default: that of the kind release in the provider. */
    readonly nodeImage?: pulumi.Input<string>;
    /** Whether to wait until the control plane is ready. Default false. */
    readonly waitForReady?: pulumi.Input<boolean>;
}

/** A cluster made by kind (https://github.com/tehcyx/terraform-provider-kind). Every change of it is a replacement. */
export class Cluster extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "kind:index/cluster:Cluster";

    public readonly clientCertificate!: pulumi.Output<string>;
    public readonly clientKey!: pulumi.Output<string>;
    public readonly clusterCaCertificate!: pulumi.Output<string>;
    public readonly completed!: pulumi.Output<boolean>;
    /** URL of the API server as the machine that runs kind reaches it. */
    public readonly endpoint!: pulumi.Output<string>;
    public readonly kindConfig!: pulumi.Output<pulumi.Unwrap<ClusterKindConfig> | undefined>;
    /** Administrator's kubeconfig. The provider does not mark it as secret. */
    public readonly kubeconfig!: pulumi.Output<string>;
    public readonly kubeconfigPath!: pulumi.Output<string>;
    public readonly name!: pulumi.Output<string>;
    public readonly nodeImage!: pulumi.Output<string>;
    public readonly waitForReady!: pulumi.Output<boolean | undefined>;

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

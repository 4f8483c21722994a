import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel, checkedInput } from "./internal/checks";
import { apiServerProblem } from "./internal/rules";
import { readerKubeconfig } from "./internal/kubeconfig";
import { READER_SERVICE_ACCOUNT, typeToken } from "./internal/names";

/** Arguments of {@link RemoteReader}. The cluster is the one of `opts.provider`: the one that is read. */
export interface RemoteReaderArgs {
    /** Istio's name of this cluster. */
    clusterName: string;
    /** URL of this cluster's API server as pods of the other clusters reach it: https, never a loopback address. */
    apiServer: pulumi.Input<string>;
    /** {@link ControlPlane.namespace} of this cluster, whose charts make the reader's account and rights. */
    namespace: pulumi.Input<string>;
}

/**
 * Lets other clusters' control planes discover this cluster's services and endpoints: a token of Istio's reader
 * account that never expires, like that of `istioctl create-remote-secret`. Deleting the Secret revokes it.
 *
 * @example
 * ```ts
 * const reader = new RemoteReader(
 *     "west-reader",
 *     { clusterName: "west-cluster", apiServer: "https://203.0.113.7:6443", namespace: controlPlane.namespace },
 *     { provider },
 * );
 * ```
 */
export class RemoteReader extends pulumi.ComponentResource {
    /** Kubeconfig of the reader; secret, for {@link RemoteSecret} in the other clusters. */
    public readonly kubeconfig: pulumi.Output<string>;

    constructor(name: string, args: RemoteReaderArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("clusterName", args.clusterName);
        super(typeToken("RemoteReader"), name, args, opts);

        const token = new k8s.core.v1.Secret(
            `${name}-token`,
            {
                metadata: {
                    name: `${READER_SERVICE_ACCOUNT}-istio-remote-secret-token`,
                    namespace: args.namespace,
                    annotations: {
                        "kubernetes.io/service-account.name": READER_SERVICE_ACCOUNT,
                        // The cluster writes the token a moment later; without this, Pulumi polls every 5 s only.
                        "pulumi.com/waitFor": "jsonpath={.data.token}",
                    },
                },
                type: "kubernetes.io/service-account-token",
            },
            { parent: this },
        );
        const server = checkedInput("apiServer", args.apiServer, apiServerProblem, this);

        this.kubeconfig = pulumi.secret(
            pulumi.all([server, token.data]).apply(([url, data]) =>
                readerKubeconfig({
                    clusterName: args.clusterName,
                    server: url,
                    certificateAuthority: entry(data, "ca.crt", token),
                    token: Buffer.from(entry(data, "token", token), "base64").toString("utf8"),
                }),
            ),
        );
        this.registerOutputs({ kubeconfig: this.kubeconfig });
    }
}

function entry(data: Record<string, string>, key: string, token: pulumi.Resource): string {
    const value = data[key];
    if (value === undefined) {
        throw new pulumi.ResourceError(
            `the cluster wrote no \`${key}\` into the reader's token Secret: check that its token controller runs`,
            token,
            true,
        );
    }
    return value;
}

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel, assertGenerations, checkedInput } from "./internal/checks";
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
    /**
     * Account that the token is of. With `istiod`, the kubeconfig is for the istiod of this very cluster that runs outside of it:
     * {@link ExternalControlPlaneArgs.kubeconfig}. @defaultValue `"istio-reader-service-account"`, which only reads
     */
    account?: string;
    /**
     * Tokens that the cluster accepts, by their generations; the first is the one in {@link RemoteReader.kubeconfig}. To replace
     * one, `[1]` becomes `[2, 1]`, and `[2]` once all peers read with the new one, with an `up` each. One that is left out is
     * revoked. @defaultValue `[1]`
     */
    tokens?: number[];
}

/**
 * Lets other clusters' control planes discover this cluster's services and endpoints: a token of Istio's reader
 * account that never expires, like that of `istioctl create-remote-secret`. Deleting its Secret revokes it.
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
    /** Kubeconfig of the account; secret, for {@link RemoteSecret} in the other clusters. */
    public readonly kubeconfig: pulumi.Output<string>;

    constructor(name: string, args: RemoteReaderArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("clusterName", args.clusterName);
        const generations = args.tokens ?? [1];
        assertGenerations("tokens", generations);
        super(typeToken("RemoteReader"), name, args, opts);

        const [used, other] = generations;
        const token = tokenSecret(name, used, args, this);
        if (other !== undefined) tokenSecret(name, other, args, this);
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

function tokenSecret(
    reader: string,
    generation: number,
    { namespace, account = READER_SERVICE_ACCOUNT }: RemoteReaderArgs,
    parent: RemoteReader,
): k8s.core.v1.Secret {
    const suffix = generation === 1 ? "" : `-${generation}`;
    return new k8s.core.v1.Secret(
        `${reader}-token${suffix}`,
        {
            metadata: {
                name: `${account}-istio-remote-secret-token${suffix}`,
                namespace,
                annotations: {
                    "kubernetes.io/service-account.name": account,
                    // The cluster writes the token a moment later; without this, Pulumi polls every 5 s only.
                    "pulumi.com/waitFor": "jsonpath={.data.token}",
                },
            },
            type: "kubernetes.io/service-account-token",
        },
        { parent },
    );
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

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel } from "./internal/checks";
import { peerKubeconfig } from "./internal/kubeconfig";
import { typeToken } from "./internal/names";
import { reachabilityJob } from "./internal/reachability";

/** Arguments of {@link RemoteSecret}. The cluster is the one of `opts.provider`: the one that reads. */
export interface RemoteSecretArgs {
    /** Istio's name of the peer, as the peer's own control plane has it; with another name, its endpoints are lost. */
    peer: string;
    /**
     * How to read that cluster: {@link RemoteReader.kubeconfig}; or, of a cluster that somebody else installed, what
     * `istioctl create-remote-secret` prints, the Secret or the kubeconfig in it, as YAML or JSON. Secret.
     */
    kubeconfig: pulumi.Input<string>;
    /** {@link ControlPlane.namespace} of the cluster that reads. */
    namespace: pulumi.Input<string>;
    /**
     * Address of the peer's east-west gateway, {@link MeshCluster.eastWestAddress}: the Secret is made once it is known, and goes before
     * the gateway does. Proxies that know a peer's pods and no way in send requests nowhere. @defaultValue none is waited for
     */
    gateway?: pulumi.Input<string> | undefined;
    /**
     * Image of the pod that tries the way, with curl: {@link ExternalControlPlane.proxyImage} beside such a control plane, where nobody
     * injects. The Secret does not wait for it. @defaultValue that of Istio's proxies, which the injector of this cluster sets
     */
    image?: pulumi.Input<string> | undefined;
}

/**
 * Lets this cluster's control plane discover services and endpoints in another cluster of the mesh. First, a pod of this
 * cluster has to reach that cluster's API server, as the reader and over verified TLS. If it cannot, the Job
 * `istio-reach-<peer>` fails with the reason, and the remote Secret is not made.
 *
 * Its provider needs `enableSecretMutable: true`: a changed Secret is then updated in place, while a replaced one is gone for a
 * moment, in which istiod forgets the peer and all its endpoints.
 * https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
 *
 * @example
 * ```ts
 * new RemoteSecret(
 *     "east-reads-west",
 *     { peer: "west-cluster", kubeconfig: reader.kubeconfig, namespace: controlPlane.namespace },
 *     { provider },
 * );
 * ```
 */
export class RemoteSecret extends pulumi.ComponentResource {
    /** {@link RemoteSecretArgs.peer}, known as soon as istiod is told of it: {@link MeshClusterArgs.served}. */
    public readonly peer: pulumi.Output<string>;

    constructor(name: string, args: RemoteSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("peer", args.peer);
        // What is recorded is waited for: these may be known after the Secret, or are secret.
        const { kubeconfig, gateway, image, ...recorded } = args;
        super(typeToken("RemoteSecret"), name, recorded, opts);

        const given = pulumi.secret(kubeconfig).apply((text) => {
            const read = peerKubeconfig(text, args.peer);
            if (typeof read === "string") throw new pulumi.ResourceError(`\`kubeconfig\` ${read}`, this, true);
            return read;
        });
        const access = given.apply((read) => read.access);
        const reached = reachabilityJob(`${name}-reach`, { ...recorded, image, access }, this);
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: `istio-remote-secret-${args.peer}`,
                    namespace: args.namespace,
                    labels: { "istio/multiCluster": "true" },
                    annotations: { "networking.istio.io/cluster": args.peer },
                },
                // istiod takes the cluster's name from this key, not from the kubeconfig.
                stringData: { [args.peer]: pulumi.all([given, gateway]).apply(([read]) => read.kubeconfig) },
            },
            // Nothing flows from the Job: it only has to succeed. Where nobody injects, istiod starts after the Secret, and the Job after
            // istiod.
            { parent: this, dependsOn: image === undefined ? reached : [] },
        );

        this.peer = secret.id.apply(() => args.peer);
        this.registerOutputs({ peer: this.peer });
    }
}

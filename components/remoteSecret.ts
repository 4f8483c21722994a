import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel } from "./internal/checks";
import { typeToken } from "./internal/names";

/** Arguments of {@link RemoteSecret}. The cluster is the one of `opts.provider`: the one that reads. */
export interface RemoteSecretArgs {
    /** Istio's name of the cluster that may be read; as its own control plane has it, else endpoints are lost. */
    peer: string;
    /** {@link RemoteReader.kubeconfig} of that cluster. Secret. */
    kubeconfig: pulumi.Input<string>;
    /** {@link ControlPlane.namespace} of the cluster that reads. */
    namespace: pulumi.Input<string>;
}

/** Tells this cluster's control plane to discover services and endpoints in another cluster of the mesh as well. */
export class RemoteSecret extends pulumi.ComponentResource {
    constructor(name: string, args: RemoteSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        assertDnsLabel("peer", args.peer);
        const { kubeconfig, ...recorded } = args;
        super(typeToken("RemoteSecret"), name, recorded, opts);

        new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: `istio-remote-secret-${args.peer}`,
                    namespace: args.namespace,
                    labels: { "istio/multiCluster": "true" },
                    annotations: { "networking.istio.io/cluster": args.peer },
                },
                // istiod takes the cluster's name from this key, not from the kubeconfig.
                stringData: { [args.peer]: pulumi.secret(kubeconfig) },
            },
            { parent: this },
        );

        this.registerOutputs({});
    }
}

/** A mesh of two GKE clusters of one VPC: internal load balancers that clients of both regions reach. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "istio-multicluster";

const config = new pulumi.Config();

/** The stack of each cluster exports a kubeconfig that runs gke-gcloud-auth-plugin, and the endpoint of the control plane. */
function cluster(name: string) {
    const stack = new pulumi.StackReference(config.require(`${name}Stack`));
    const kubeconfig = stack.requireOutput("kubeconfig").apply(String);
    const provider = new k8s.Provider(name, { kubeconfig, clusterIdentifier: name, enableSecretMutable: true });
    return { provider, apiServer: pulumi.interpolate`https://${stack.requireOutput("endpoint")}` };
}

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    istio: {
        // Autopilot and hardened clusters refuse privileged init containers; the agent is configured for GKE's folders.
        cni: true,
        cniAgent: { values: { cniBinDir: "/home/kubernetes/bin" } },
        eastWestGateway: {
            service: {
                annotations: {
                    // https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing
                    "networking.gke.io/load-balancer-type": "Internal",
                    "networking.gke.io/internal-load-balancer-allow-global-access": "true",
                },
            },
        },
    },
    clusters: { belgium: { ...cluster("belgium"), ingress: true }, finland: cluster("finland") },
});

export const ingress = mesh.ingressAddresses;

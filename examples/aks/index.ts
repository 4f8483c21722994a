/** A mesh of two AKS clusters in peered virtual networks, with Istio's images from a registry of the company. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "istio-multicluster";

const config = new pulumi.Config();

/** The stack of each cluster exports its administrator's kubeconfig and its fully qualified domain name. */
function cluster(name: string) {
    const stack = new pulumi.StackReference(config.require(`${name}Stack`));
    const kubeconfig = stack.requireOutput("kubeconfig").apply(String);
    const provider = new k8s.Provider(name, { kubeconfig, clusterIdentifier: name, enableSecretMutable: true });
    return { provider, apiServer: pulumi.interpolate`https://${stack.requireOutput("fqdn")}` };
}

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    istio: {
        hub: "mycompany.azurecr.io/istio",
        pullSecrets: ["mycompany-registry"],
        accessLogFile: "/dev/stdout",
        istiod: { nodeSelector: { "kubernetes.azure.com/mode": "system" } },
        eastWestGateway: {
            // https://learn.microsoft.com/azure/aks/internal-lb
            service: { annotations: { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" } },
        },
    },
    clusters: {
        amsterdam: { ...cluster("amsterdam"), ingress: true },
        // One cluster's settings go over those of the mesh.
        dublin: { ...cluster("dublin"), istio: { istiod: { replicas: 2 } } },
    },
});

export const ingress = mesh.ingressAddresses;

/** A mesh of two EKS clusters: network load balancers, public for clients, private between the clusters' connected VPCs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type GatewayServiceArgs, Mesh } from "istio-multicluster";

const config = new pulumi.Config();

/** https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/ */
function networkLoadBalancer(scheme: "internal" | "internet-facing"): GatewayServiceArgs {
    return {
        loadBalancerClass: "service.k8s.aws/nlb",
        annotations: {
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
            "service.beta.kubernetes.io/aws-load-balancer-scheme": scheme,
            "service.beta.kubernetes.io/aws-load-balancer-attributes": "load_balancing.cross_zone.enabled=true",
        },
    };
}

/** The stack of each cluster exports what `aws eks update-kubeconfig` writes, and the API server's endpoint. */
function cluster(name: string) {
    const stack = new pulumi.StackReference(config.require(`${name}Stack`));
    const kubeconfig = stack.requireOutput("kubeconfig").apply(String);
    const provider = new k8s.Provider(name, { kubeconfig, clusterIdentifier: name, enableSecretMutable: true });
    return { provider, apiServer: stack.requireOutput("endpoint").apply(String) };
}

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    istio: {
        istiod: {
            autoscaling: { min: 2, max: 5 },
            disruptionBudget: { minAvailable: 1 },
            values: {
                topologySpreadConstraints: [
                    {
                        maxSkew: 1,
                        topologyKey: "topology.kubernetes.io/zone",
                        whenUnsatisfiable: "ScheduleAnyway",
                        labelSelector: { matchLabels: { app: "istiod" } },
                    },
                ],
            },
        },
        eastWestGateway: {
            autoscaling: { min: 2, max: 5 },
            disruptionBudget: { minAvailable: 1 },
            service: networkLoadBalancer("internal"),
        },
        ingressGateway: { service: networkLoadBalancer("internet-facing") },
    },
    clusters: { virginia: { ...cluster("virginia"), ingress: true }, oregon: cluster("oregon") },
});

export const ingress = mesh.ingressAddresses;

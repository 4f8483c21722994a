/** A whole mesh of two clusters. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "istio-multicluster";

const config = new pulumi.Config();
const cluster = (name: string) => ({
    provider: new k8s.Provider(name, {
        kubeconfig: config.requireSecret(`${name}Kubeconfig`),
        clusterIdentifier: name,
        enableSecretMutable: true,
    }),
    apiServer: config.require(`${name}ApiServer`),
});

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    clusters: { blue: cluster("blue"), green: { ...cluster("green"), ingress: true } },
});

export const ingress = mesh.ingressAddresses;

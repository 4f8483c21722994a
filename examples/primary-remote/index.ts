/** Two clusters, of which only west runs an istiod: it serves east, too. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ISTIO_CHARTS, Mesh } from "istio-multicluster";

const config = new pulumi.Config();
const cluster = (name: string) => ({
    provider: new k8s.Provider(name, {
        kubeconfig: config.requireSecret(`${name}Kubeconfig`),
        clusterIdentifier: name,
        enableSecretMutable: true,
    }),
    apiServer: config.require(`${name}ApiServer`),
});

const [west, east] = [cluster("west"), cluster("east")];

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    istio: { charts: config.get("charts") ?? ISTIO_CHARTS },
    clusters: {
        west: { ...west, ingress: true },
        east: { ...east, controlPlane: "west" },
    },
});

export const ingress = mesh.ingressAddresses;
export const eastWest = mesh.eastWestAddresses;

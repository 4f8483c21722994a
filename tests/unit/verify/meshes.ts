import type { Mesh } from "../../../verify";

/** The same, in which west's istiod serves east. */
export function primaryRemote(): Mesh {
    const [west, east] = twoClusters.clusters;
    if (west === undefined || east === undefined) throw new Error("there are two");
    return { ...twoClusters, clusters: [west, { ...east, primary: "west-cluster" }] };
}

/** A mesh of two clusters whose kubeconfigs lead nowhere. */
export const twoClusters: Mesh = {
    clusters: [
        {
            name: "west",
            clusterName: "west-cluster",
            network: "west-network",
            kubeconfig: "",
            eastWestGateway: { address: "10.1.0.40", port: 15443 },
        },
        {
            name: "east",
            clusterName: "east-cluster",
            network: "east-network",
            kubeconfig: "",
            eastWestGateway: { address: "10.1.0.50", port: 15443 },
        },
    ],
    request: {
        through: "west",
        url: "http://10.1.0.41/api/catalog",
        host: "webapp.istioinaction.io",
        client: { namespace: "istioinaction", app: "webapp" },
        service: { namespace: "istioinaction", name: "catalog", port: 80 },
        answeredBy: ["east"],
    },
};

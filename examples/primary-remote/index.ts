/** Two clusters, of which only west runs an istiod: it serves east, too. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
    EastWestGateway,
    IntermediateCa,
    ISTIO_CHARTS,
    MeshCluster,
    RemoteControlPlane,
    RemoteReader,
    RemoteSecret,
    RootCa,
} from "istio-multicluster";

const config = new pulumi.Config();
const provider = (name: string) =>
    new k8s.Provider(name, {
        kubeconfig: config.requireSecret(`${name}Kubeconfig`),
        clusterIdentifier: name,
        enableSecretMutable: true,
    });
const [west, east] = [provider("west"), provider("east")];
const meshId = "my-mesh";
const istio = { charts: config.get("charts") ?? ISTIO_CHARTS };

const authority = new IntermediateCa("west-ca", { cluster: "west", organization: meshId });
const root = new RootCa("root-ca", { organization: meshId, requests: { west: authority.request } });
const primary = new MeshCluster(
    "west",
    {
        meshId,
        clusterName: "west-cluster",
        network: "west-network",
        apiServer: config.require("westApiServer"),
        certificateAuthority: {
            certificate: root.certificateOf("west"),
            rootCertificate: root.certificate,
            privateKey: authority.privateKey,
        },
        shared: true,
        ingress: true,
        istio,
    },
    { provider: west },
);

const member = { clusterName: "east-cluster", network: "east-network" };
const remote = new RemoteControlPlane(
    "east-control-plane",
    { ...member, meshId, istio, primary: { clusterName: "west-cluster", address: primary.eastWestAddress } },
    { provider: east },
);
const reader = new RemoteReader(
    "east-reader",
    { clusterName: member.clusterName, namespace: remote.namespace, apiServer: config.require("eastApiServer") },
    { provider: east },
);
const served = new RemoteSecret(
    "west-reads-east",
    { peer: member.clusterName, kubeconfig: reader.kubeconfig, namespace: primary.namespace },
    { provider: west },
);

// Only once west's istiod serves the cluster do pods get a sidecar in it.
const gateway = new EastWestGateway(
    "east-eastwest",
    { network: member.network, namespace: remote.namespace, istio },
    { provider: east, dependsOn: served },
);

export const ingress = primary.ingressAddress;
export const eastWest = { west: primary.eastWestAddress, east: gateway.address };

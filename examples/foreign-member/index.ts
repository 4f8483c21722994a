/**
 * A cluster of this program, and a member of the same mesh that somebody else installed, with istioctl or Sail. Both sign with
 * intermediates of the root that is given here.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Mesh, RemoteSecret } from "istio-multicluster";

const config = new pulumi.Config();
const provider = new k8s.Provider("blue", {
    kubeconfig: config.requireSecret("kubeconfig"),
    clusterIdentifier: "blue",
    enableSecretMutable: true,
});

const mesh = new Mesh("mesh", {
    id: "my-mesh",
    root: { given: { certificate: config.require("rootCertificate"), privateKey: config.requireSecret("rootKey") } },
    clusters: { blue: { provider, apiServer: config.require("apiServer") } },
});

// What `istioctl create-remote-secret --name legacy-cluster` prints in the other cluster.
new RemoteSecret(
    "blue-reads-legacy",
    { peer: "legacy-cluster", kubeconfig: config.requireSecret("legacy"), namespace: mesh.namespaces["blue"] ?? "" },
    { provider },
);

export const gateway = mesh.eastWestAddresses["blue"];

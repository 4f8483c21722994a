/** The program: one Istio mesh over the stack's clusters, in the six steps of the README. */
import { connectCluster } from "./clusters";
import { IntermediateCa, MeshCluster, RemoteSecret, RootCa } from "./components";
import { loadConfig } from "./config";
import { clusterOutputs, type Outputs, type Pending, requestOutput } from "./outputs";
import { ISTIO_VERSION } from "./versions";

const { mesh, clusters, ca, charts, reference } = loadConfig();

// Step 1: a Kubernetes cluster each, on a network of its own.
const connected = clusters.map(connectCluster);

// Step 2: a certificate authority for each cluster, and one root outside of all clusters that signs them.
const certified = connected.map((cluster) => {
    const args = { cluster: cluster.name, organization: mesh.id, keyAlgorithm: ca.keyAlgorithm };
    return { ...cluster, authority: new IntermediateCa(`${cluster.name}-ca`, args) };
});
const root = new RootCa("root-ca", {
    organization: mesh.id,
    keyAlgorithm: ca.keyAlgorithm,
    validity: ca.root,
    intermediateValidity: ca.intermediate,
    protect: ca.protectRoot,
    given: ca.givenRoot,
    requests: Object.fromEntries(certified.map(({ name, authority }) => [name, authority.request])),
});

// Steps 3 and 5: control plane, sample apps and gateways, side by side in all clusters.
const members = certified.map((cluster) => {
    const { name, clusterName, network, apiServer, ingress, authority, options } = cluster;
    const parts = new MeshCluster(
        name,
        {
            version: ISTIO_VERSION,
            charts,
            meshId: mesh.id,
            trustDomain: mesh.trustDomain,
            clusterName,
            network,
            apiServer,
            certificateAuthority: {
                certificate: root.certificateOf(name),
                privateKey: authority.privateKey,
                rootCertificate: root.certificate,
            },
            ingress,
            sampleApps: cluster.sampleApps,
        },
        options,
    );
    return { ...cluster, parts };
});

// Step 4: each control plane discovers the services of its peers.
for (const { name, peers, options, parts } of members) {
    for (const peer of members.filter((other) => peers.includes(other.name))) {
        new RemoteSecret(
            `${name}-reads-${peer.name}`,
            { peer: peer.clusterName, kubeconfig: peer.parts.readerKubeconfig, namespace: parts.namespace },
            options,
        );
    }
}

// Step 6: what the proof has to know, `mesh verify`.
const outputs: Pending<Outputs> = {
    meshId: mesh.id,
    trustDomain: mesh.trustDomain,
    rootCertificate: root.certificate,
    clusters: clusterOutputs(members),
    request: requestOutput(reference, members),
};
export = outputs;

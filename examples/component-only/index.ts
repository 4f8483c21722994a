/** A mesh of two clusters out of the library's components, as part of a program of one's own. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa, MeshCluster, RemoteSecret, RootCa } from "istio-multicluster";

const MESH = "my-mesh";
const NAMES = ["blue", "green"] as const;

type ByCluster = Record<(typeof NAMES)[number], string>;

const config = new pulumi.Config();
const kubeconfigs = config.requireSecretObject<ByCluster>("kubeconfigs");
const apiServers = config.requireObject<ByCluster>("apiServers");

// Each cluster has a key of its own; the root signs what the clusters ask for.
const authorities = NAMES.map((name) => ({
    name,
    authority: new IntermediateCa(`${name}-ca`, { cluster: name, organization: MESH }),
}));
const root = new RootCa("root-ca", {
    organization: MESH,
    requests: Object.fromEntries(authorities.map(({ name, authority }) => [name, authority.request])),
});

const members = authorities.map(({ name, authority }) => {
    const provider = new k8s.Provider(name, {
        kubeconfig: kubeconfigs.apply((all) => all[name]),
        // A changed Secret is updated. A replaced one is gone for a moment: istiod would drop the peer, or its own CA.
        enableSecretMutable: true,
    });
    const parts = new MeshCluster(
        name,
        {
            meshId: MESH,
            clusterName: name,
            network: `${name}-network`,
            apiServer: apiServers[name],
            certificateAuthority: {
                certificate: root.certificateOf(name),
                privateKey: authority.privateKey,
                rootCertificate: root.certificate,
            },
        },
        { provider },
    );
    return { name, provider, parts };
});

for (const { name, provider, parts } of members) {
    for (const peer of members.filter((other) => other.name !== name)) {
        const args = { peer: peer.name, kubeconfig: peer.parts.readerKubeconfig, namespace: parts.namespace };
        new RemoteSecret(`${name}-reads-${peer.name}`, args, { provider });
    }
}

export const rootCertificate = root.certificate;
export const gateways = members.map(({ parts }) => parts.eastWestAddress);

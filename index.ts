/** The program: one Istio mesh over the clusters of all stacks, in the six steps of the README. */
import { connectCluster } from "./program/clusters";
import { IntermediateCa, MeshCluster, RemoteSecret, RootCa, SampleApps } from "./components/index";
import { loadConfig } from "./program/config";
import { type Pending, stackOutputs } from "./program/outputs";
import { readOtherStacks } from "./program/stacks";
import type { Outputs } from "./shared/outputs";

export = async (): Promise<Pending<Outputs>> => {
    const config = loadConfig();
    const { mesh, clusters, ca } = config;
    const others = await readOtherStacks(config);

    // Step 1: a Kubernetes cluster each, on a network of its own.
    const connected = clusters.map((cluster) => connectCluster(cluster, others.identityOf(cluster.name)));

    // Step 2: a certificate authority for each cluster, and one root outside of all clusters that signs them.
    const requesting = connected.map((cluster) => {
        const args = { cluster: cluster.name, organization: mesh.id, keyAlgorithm: ca.keyAlgorithm };
        return { ...cluster, authority: new IntermediateCa(`${cluster.name}-ca`, args) };
    });
    const root = config.ownsRoot
        ? new RootCa("root-ca", {
              organization: mesh.id,
              keyAlgorithm: ca.keyAlgorithm,
              validity: ca.root,
              intermediateValidity: ca.intermediate,
              generations: [...config.roots],
              protect: ca.protectRoot,
              given: ca.givenRoot,
              requests: {
                  ...Object.fromEntries(requesting.map(({ name, authority }) => [name, authority.request])),
                  ...others.requests(),
              },
          })
        : undefined;
    const certified = await Promise.all(
        requesting.map(async (cluster) => {
            const { name, authority } = cluster;
            const signed = root
                ? { certificate: root.certificateOf(name), rootCertificate: root.certificate }
                : await others.signedFor(name, authority.request);
            return { ...cluster, signed };
        }),
    );

    // Steps 3 and 5: control plane, sample apps and gateways, side by side in all clusters.
    const members = certified.flatMap(({ signed, ...cluster }) => {
        if (signed === undefined) {
            return [];
        }
        const { name, clusterName, network, apiServer, istio, ingress, sampleApps, authority, options } = cluster;
        const parts = new MeshCluster(
            name,
            {
                istio,
                meshId: mesh.id,
                trustDomain: mesh.trustDomain,
                clusterName,
                network,
                apiServer,
                readerTokens: [...config.readerTokens],
                certificateAuthority: { ...signed, privateKey: authority.privateKey },
                ingress,
            },
            options,
        );
        if (sampleApps) {
            // Up to version 0.1.0 they were a part of the cluster's component.
            const apps = { ...options, aliases: [{ parent: parts }] };
            new SampleApps(`${name}-apps`, { ...sampleApps, controlPlane: parts.namespace }, apps);
        }
        return [{ ...cluster, signed, parts }];
    });

    // Step 4: each control plane discovers the services of its peers.
    const readable = [
        ...members.map(({ name, clusterName, parts }) => ({ name, clusterName, kubeconfig: parts.readerKubeconfig })),
        ...others.readers(),
    ];
    for (const { name, peers, options, parts } of members) {
        for (const peer of readable.filter((other) => peers.includes(other.name))) {
            new RemoteSecret(
                `${name}-reads-${peer.name}`,
                { peer: peer.clusterName, kubeconfig: peer.kubeconfig, namespace: parts.namespace },
                options,
            );
        }
    }

    // Step 6: what the proof has to know, `mesh verify`.
    return stackOutputs(config, { root, certified, members, others });
};

/** The program: one Istio mesh over the clusters of all stacks, in the six steps of the README. */
import { connectCluster } from "./program/clusters";
import { IntermediateCa, RootCa } from "./components/index";
import { loadConfig } from "./program/config";
import { declareDiscovery } from "./program/discovery";
import { declarePrimaries, declareRemotes } from "./program/members";
import { type Pending, stackOutputs } from "./program/outputs";
import { declareServices } from "./program/services";
import { readOtherStacks } from "./program/stacks";
import type { Outputs } from "./shared/outputs";

export = async (): Promise<Pending<Outputs>> => {
    const config = loadConfig();
    const { mesh, clusters, ca } = config;
    const others = await readOtherStacks(config);

    // Step 1: a Kubernetes cluster each, on a network of its own or on one that several share; some istiods may run outside.
    const connected = clusters.map((cluster) => connectCluster(cluster, others.identityOf(cluster.name)));
    const externals = config.externals.map((cluster) => connectCluster(cluster, others.identityOf(cluster.name)));

    // Step 2: a certificate authority for each cluster with an istiod, and one root outside of all clusters that signs them.
    const signing = connected.filter(({ primary }) => primary === undefined);
    const requesting = signing.map((cluster) => {
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
    const primaries = declarePrimaries(config, certified, externals, others);
    const remotes = declareRemotes(config, connected, primaries, others);
    const members = [...primaries, ...remotes];

    // Step 4: each control plane discovers the services of its peers.
    declareDiscovery(primaries, remotes, others);

    // The tutorial goes on with load balancing: which services cross the borders of clusters, and on what terms.
    declareServices(members, mesh);

    // Step 6: what the proof has to know, `mesh verify`.
    return stackOutputs(config, { connected, externals, root, certified, members, primaries, others });
};

/** Gathers what a stack exports. */
import * as pulumi from "@pulumi/pulumi";
import type { ConnectedCluster, Connection } from "./clusters";
import { type MeshCluster, type RootCa, SAMPLE_NAMESPACE } from "../components/index";
import type { ClusterOutput, Outputs, ReferenceRequest } from "../shared/outputs";
import type { Config, SourceConfig } from "./config";
import type { Certified, Member, Primary } from "./members";
import type { OtherStacks } from "./stacks";

/** The same values while the program runs: any part may still be on its way. */
export type Pending<T> = pulumi.Input<T> | { readonly [Key in keyof T]: Pending<T[Key]> };

/** Everything that the program has made, or waits for. */
export interface Made {
    readonly connected: readonly ConnectedCluster[];
    readonly externals: readonly (SourceConfig & Connection)[];
    readonly root: RootCa | undefined;
    readonly certified: readonly Certified[];
    readonly members: readonly Member[];
    /** Those of the members with an istiod of their own. */
    readonly primaries: readonly Primary[];
    readonly others: OtherStacks;
}

export function stackOutputs(config: Config, made: Made): Pending<Outputs> {
    const { mesh, ownsRoot, roots, readerTokens, elsewhere, reference } = config;
    const { connected, externals, root, certified, members, others } = made;
    const isElsewhere = ([cluster]: readonly [string, unknown]): boolean =>
        elsewhere.some(({ name }) => name === cluster);
    const named = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> => Object.fromEntries(entries);
    const isRead = ({ name }: Member): boolean => elsewhere.some(({ peers }) => peers.includes(name));
    const rootCertificate = root?.certificate ?? certified.find(({ signed }) => signed)?.signed?.rootCertificate;
    const request = requestOutput(reference, members);
    return {
        meshId: mesh.id,
        trustDomain: mesh.trustDomain,
        ...(rootCertificate && { rootCertificate }),
        ...(ownsRoot && { roots }),
        ...(connected.length > 0 && { readerTokens }),
        clusters: named(connected.map((cluster) => [cluster.name, clusterOutput(cluster, made)])),
        ...(externals.length > 0 && { externals: named(externals.map(({ name, identity }) => [name, { identity }])) }),
        ...(mesh.services && { services: mesh.services }),
        ...(request && { request }),
        requests: ownsRoot ? {} : named(certified.map(({ name, authority }) => [name, authority.request])),
        certificates: named(Object.entries(root?.certificates ?? {}).filter(isElsewhere)),
        readers: named(members.filter(isRead).map(({ name, parts }) => [name, parts.readerKubeconfig])),
        missing: others.missing,
    };
}

function clusterOutput(cluster: ConnectedCluster, { certified, members, primaries }: Made): Pending<ClusterOutput> {
    const { name, clusterName, network, apiServer, peers, primary, external, identity } = cluster;
    const istiod = primaries.find((each) => each.name === name)?.istiodAddress;
    const signed = certified.find((each) => each.name === name)?.signed;
    const { eastWestAddress: address, eastWestPort: port, ingressAddress } = partsOf(name, members) ?? {};
    return {
        ...{ name, clusterName, network, apiServer, peers, identity },
        ...(primary && { primary: primary.clusterName }),
        ...(external && istiod && { external: { cluster: external, address: istiod } }),
        ...(signed && { certificate: signed.certificate }),
        ...(address && port && { eastWestGateway: { address, port } }),
        ...(ingressAddress && { ingressAddress }),
    };
}

function requestOutput(
    reference: Config["reference"],
    members: readonly Member[],
): Pending<ReferenceRequest> | undefined {
    const address = reference && partsOf(reference.through, members)?.ingressAddress;
    return reference && address
        ? {
              ...reference,
              url: pulumi.interpolate`http://${address}/api/catalog`,
              client: { namespace: SAMPLE_NAMESPACE, app: "webapp" },
              service: { namespace: SAMPLE_NAMESPACE, name: "catalog", port: 80 },
          }
        : undefined;
}

function partsOf(cluster: string, members: readonly Member[]): MeshCluster | undefined {
    return members.find(({ name }) => name === cluster)?.parts;
}

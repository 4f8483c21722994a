/** Gathers what a stack exports. */
import * as pulumi from "@pulumi/pulumi";
import type { ConnectedCluster } from "./clusters";
import { type IntermediateCa, type MeshCluster, type RootCa, SAMPLE_NAMESPACE } from "../components/index";
import type { ClusterOutput, Outputs, ReferenceRequest } from "../shared/outputs";
import type { Config } from "./config";
import type { OtherStacks, Signed } from "./stacks";

/** The same values while the program runs: any part may still be on its way. */
export type Pending<T> = pulumi.Input<T> | { readonly [Key in keyof T]: Pending<T[Key]> };

/** A cluster of the program. */
export interface Certified extends ConnectedCluster {
    readonly authority: IntermediateCa;
    /** Absent until the root, in another stack, has signed. */
    readonly signed: Signed | undefined;
}

/** A cluster with a certificate, once all its parts are declared. */
export interface Member extends Certified {
    readonly parts: MeshCluster;
}

/** Everything that the program has made, or waits for. */
export interface Made {
    readonly root: RootCa | undefined;
    readonly certified: readonly Certified[];
    readonly members: readonly Member[];
    readonly others: OtherStacks;
}

export function stackOutputs(config: Config, { root, certified, members, others }: Made): Pending<Outputs> {
    const { mesh, ownsRoot, roots, readerTokens, elsewhere, reference } = config;
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
        ...(certified.length > 0 && { readerTokens }),
        clusters: named(certified.map((cluster) => [cluster.name, clusterOutput(cluster, members)])),
        ...(request && { request }),
        requests: ownsRoot ? {} : named(certified.map(({ name, authority }) => [name, authority.request])),
        certificates: named(Object.entries(root?.certificates ?? {}).filter(isElsewhere)),
        readers: named(members.filter(isRead).map(({ name, parts }) => [name, parts.readerKubeconfig])),
        missing: others.missing,
    };
}

function clusterOutput(cluster: Certified, members: readonly Member[]): Pending<ClusterOutput> {
    const { name, clusterName, network, apiServer, peers, identity, signed } = cluster;
    const parts = members.find((member) => member.name === name)?.parts;
    return {
        ...{ name, clusterName, network, apiServer, peers, identity },
        ...(signed && { certificate: signed.certificate }),
        ...(parts && { eastWestGateway: { address: parts.eastWestAddress, port: parts.eastWestPort } }),
        ...(parts?.ingressAddress && { ingressAddress: parts.ingressAddress }),
    };
}

function requestOutput(
    reference: Config["reference"],
    members: readonly Member[],
): Pending<ReferenceRequest> | undefined {
    const address = members.find(({ name }) => name === reference?.through)?.parts.ingressAddress;
    return reference && address
        ? {
              ...reference,
              url: pulumi.interpolate`http://${address}/api/catalog`,
              client: { namespace: SAMPLE_NAMESPACE, app: "webapp" },
              service: { namespace: SAMPLE_NAMESPACE, name: "catalog", port: 80 },
          }
        : undefined;
}

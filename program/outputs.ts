/** What a stack exports: the contract with whoever reads it, such as the proof. */
import * as pulumi from "@pulumi/pulumi";
import type { ConnectedCluster } from "./clusters";
import { type IntermediateCa, type MeshCluster, type RootCa, SAMPLE_NAMESPACE } from "../components";
import type { Config, ReferenceRequest } from "./config";
import type { Missing, OtherStacks, Signed } from "./stacks";

/** One of the stack's clusters, as the stack built it. */
export interface ClusterOutput {
    /** Short name, e.g. `west`. */
    readonly name: string;
    /** Istio's name of it, e.g. `west-cluster`. */
    readonly clusterName: string;
    /** Istio's name of its network, e.g. `west-network`. */
    readonly network: string;
    /** URL of its API server as pods of the other clusters reach it. */
    readonly apiServer: string;
    /** Short names of the clusters whose services it discovers. */
    readonly peers: readonly string[];
    /** Certificate of its intermediate authority, PEM; absent until the root has signed it. */
    readonly certificate?: string;
    /** What other networks dial; absent until it has a certificate, and with it a control plane. */
    readonly eastWestGateway?: { readonly address: string; readonly port: number };
    /** What clients outside of the mesh dial, where the cluster has an ingress gateway. */
    readonly ingressAddress?: string;
}

/** Request that works only if the mesh does: through one cluster's ingress to a service that runs in others. */
export interface RequestOutput {
    /** Short name of the cluster whose ingress takes the request. */
    readonly through: string;
    /** e.g. `http://10.89.0.40/api/catalog` */
    readonly url: string;
    /** Host header that the ingress routes by. */
    readonly host: string;
    /** The app behind the ingress, by its label `app`. */
    readonly client: { readonly namespace: string; readonly app: string };
    /** The service that it calls. */
    readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
    /** Short names of the clusters with pods of the service. */
    readonly answeredBy: readonly string[];
}

/**
 * Outputs of a stack, once it is up. No private key and no administrator's kubeconfig is among them: who reads one output
 * of a stack records all of them in a state of its own.
 */
export interface Outputs {
    readonly meshId: string;
    readonly trustDomain: string;
    /** Certificate that the whole mesh trusts, PEM; absent until the root has signed a cluster of the stack. */
    readonly rootCertificate?: string;
    /** The stack's own clusters, by short name. */
    readonly clusters: Readonly<Record<string, ClusterOutput>>;
    /** Absent where no cluster of the stack runs webapp. */
    readonly request?: RequestOutput;
    /** For the root's stack: certificate requests of the own clusters, PEM. */
    readonly requests: Readonly<Record<string, string>>;
    /** From the root's stack: certificates of the clusters of other stacks, PEM. */
    readonly certificates: Readonly<Record<string, string>>;
    /** For other stacks: kubeconfigs with which they discover the own clusters that they peer with. Secret. */
    readonly readers: Readonly<Record<string, string>>;
    /** What other stacks have to give before this one is whole. */
    readonly missing: readonly Missing[];
}

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
    const { mesh, ownsRoot, elsewhere, reference } = config;
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
        clusters: named(certified.map((cluster) => [cluster.name, clusterOutput(cluster, members)])),
        ...(request && { request }),
        requests: ownsRoot ? {} : named(certified.map(({ name, authority }) => [name, authority.request])),
        certificates: named(Object.entries(root?.certificates ?? {}).filter(isElsewhere)),
        readers: named(members.filter(isRead).map(({ name, parts }) => [name, parts.readerKubeconfig])),
        missing: others.missing,
    };
}

function clusterOutput(cluster: Certified, members: readonly Member[]): Pending<ClusterOutput> {
    const { name, clusterName, network, apiServer, peers, signed } = cluster;
    const parts = members.find((member) => member.name === name)?.parts;
    return {
        ...{ name, clusterName, network, apiServer, peers },
        ...(signed && { certificate: signed.certificate }),
        ...(parts && { eastWestGateway: { address: parts.eastWestAddress, port: parts.eastWestPort } }),
        ...(parts?.ingressAddress && { ingressAddress: parts.ingressAddress }),
    };
}

function requestOutput(
    reference: ReferenceRequest | undefined,
    members: readonly Member[],
): Pending<RequestOutput> | undefined {
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

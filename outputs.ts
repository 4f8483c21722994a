/** What a stack exports: the contract with whoever reads it, such as the proof. */
import * as pulumi from "@pulumi/pulumi";
import type { ConnectedCluster } from "./clusters";
import { type MeshCluster, SAMPLE_NAMESPACE } from "./components";
import type { ReferenceRequest } from "./config";

/** One cluster of the mesh, as the stack built it. */
export interface ClusterOutput {
    /** Short name, e.g. `west`. */
    readonly name: string;
    /** Istio's name of it, e.g. `west-cluster`. */
    readonly clusterName: string;
    /** Istio's name of its network, e.g. `west-network`. */
    readonly network: string;
    /** URL of its API server as pods of the other clusters reach it. */
    readonly apiServer: string;
    /** Administrator's kubeconfig, YAML. Secret. */
    readonly kubeconfig: string;
    /** Context in `kubeconfig`, where it is not the current one. */
    readonly context?: string;
    /** What other networks dial. */
    readonly eastWestGateway: { readonly address: string; readonly port: number };
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

/** Outputs of a stack, once it is up. */
export interface Outputs {
    readonly meshId: string;
    readonly trustDomain: string;
    /** Certificate that the whole mesh trusts, PEM. */
    readonly rootCertificate: string;
    /** By short name. */
    readonly clusters: Readonly<Record<string, ClusterOutput>>;
    /** Absent where no cluster of the stack runs webapp. */
    readonly request: RequestOutput | undefined;
}

/** The same values while the program runs: any part may still be on its way. */
export type Pending<T> = pulumi.Input<T> | { readonly [Key in keyof T]: Pending<T[Key]> };

/** A cluster of the program, once all its parts are declared. */
export interface Member extends ConnectedCluster {
    readonly parts: MeshCluster;
}

export function clusterOutputs(members: readonly Member[]): Pending<Outputs["clusters"]> {
    return Object.fromEntries(members.map((member) => [member.name, clusterOutput(member)]));
}

function clusterOutput({ name, clusterName, network, apiServer, kubeconfig, source, parts }: Member) {
    return {
        ...{ name, clusterName, network, apiServer, kubeconfig },
        ...(source.source === "existing" && source.context !== undefined ? { context: source.context } : {}),
        eastWestGateway: { address: parts.eastWestAddress, port: parts.eastWestPort },
        ...(parts.ingressAddress === undefined ? {} : { ingressAddress: parts.ingressAddress }),
    };
}

export function requestOutput(
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

/** What a whole mesh is made of. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { assertDnsLabel } from "./internal/checks";
import { controlPlaneProblem } from "./internal/rules";
import { servicesProblems, type SharingMember } from "./internal/services";
import type { KeyAlgorithm, ValidityArgs } from "./internal/types";
import { refuse } from "./internal/values/release";
import { type IstioArgs, mergeIstio } from "./istio";
import type { GivenRootArgs } from "./rootCa";
import type { MeshServiceArgs } from "./sharedServiceArgs";

/** One cluster of a {@link Mesh}. */
export interface MeshMemberArgs {
    /**
     * Provider of the cluster. Set its `enableSecretMutable: true`: a rotated Secret is then updated, while a replaced one is
     * gone for a moment, in which istiod drops a peer, or its own CA.
     */
    provider: k8s.Provider;
    /** URL of its API server as pods of the other clusters reach it: https, never a loopback address. */
    apiServer: pulumi.Input<string>;
    /** Istio's name of it. @defaultValue `<key>-cluster` */
    clusterName?: string;
    /**
     * Network that its pods are on. Clusters that share one reach each other's pods directly, by addresses that no two pods have; a
     * mesh on one network has no east-west gateways but those that lead to a shared istiod. @defaultValue `<key>-network`
     */
    network?: string;
    /**
     * Key of the cluster whose istiod serves it, so that it has none of its own, {@link RemoteControlPlane}; or of one of
     * {@link MeshArgs.externalClusters}. The address of that cluster's east-west gateway, or of the istiod outside, must be an IP address.
     * @defaultValue it has its own
     */
    controlPlane?: string;
    /** Keys of the clusters whose services its own istiod discovers. @defaultValue all others */
    peers?: string[];
    /** Whether it has an ingress gateway for clients outside the mesh. @defaultValue false */
    ingress?: boolean;
    /** {@link RemoteReaderArgs.tokens}. @defaultValue `[1]` */
    readerTokens?: number[];
    /** How Istio is installed here, over {@link MeshArgs.istio}. @defaultValue as in the whole mesh */
    istio?: IstioArgs;
}

/** The root CA of a {@link Mesh}, and the intermediates that it signs. */
export interface MeshRootArgs {
    /**
     * The roots that the mesh trusts, by their generations; the first signs. {@link RootCaArgs.generations} has the steps of a
     * rotation. @defaultValue `[1]`
     */
    generations?: number[];
    /** Sign with this root instead of making generation 1. */
    given?: GivenRootArgs;
    /** Of all authorities. @defaultValue ECDSA */
    keyAlgorithm?: KeyAlgorithm;
    /** Lifetime of the root. @defaultValue 3650 days, renewed 365 days before its end */
    validity?: ValidityArgs;
    /** Lifetime of the intermediates. @defaultValue 730 days, renewed 90 days before their end */
    intermediateValidity?: ValidityArgs;
    /** Refuse to delete or replace the root's key and certificate. @defaultValue false */
    protect?: boolean;
}

/** A cluster outside of a {@link Mesh} that runs an istiod for it: {@link ExternalControlPlane}. */
export interface MeshExternalArgs {
    /** Provider of the cluster, as of a member. */
    provider: k8s.Provider;
    /** How istiod is installed there, over {@link MeshArgs.istio}. @defaultValue as in the whole mesh */
    istio?: IstioArgs;
}

/** Arguments of {@link Mesh}. */
export interface MeshArgs {
    /** Name of the mesh, and organization in its certificates. */
    id: pulumi.Input<string>;
    /** Its clusters, by short names of your own, which become part of the resources' names. */
    clusters: { [name: string]: MeshMemberArgs };
    /**
     * Clusters outside of the mesh that run an istiod for it, by names that `controlPlane` of members has. The first member that names
     * one is its config cluster. @defaultValue none
     */
    externalClusters?: { [name: string]: MeshExternalArgs };
    /** First part of every workload's identity. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string>;
    /** How Istio is installed in all clusters. @defaultValue as Istio's charts */
    istio?: IstioArgs;
    /**
     * The services that clusters share; all others stay within their clusters. @defaultValue every service, by name and namespace, as
     * Istio has it
     */
    services?: MeshServiceArgs[];
    /** Whether nobody may call anybody but whom `callers` of `services` name: {@link DenyByDefault}. @defaultValue false */
    denyByDefault?: boolean;
    /** The root CA. @defaultValue one of this mesh's own, kept in the stack's state */
    root?: MeshRootArgs;
}

/** Key of the member whose istiod runs in an external cluster: the first that names it; undefined where none does. */
export function configClusterOf(external: string, clusters: MeshArgs["clusters"]): string | undefined {
    return Object.keys(clusters).find((key) => clusters[key]?.controlPlane === external);
}

/** Key of the cluster whose istiod serves a member, which may be itself. */
export function servingKey(key: string, clusters: MeshArgs["clusters"]): string {
    const { controlPlane } = clusters[key] ?? {};
    if (controlPlane === undefined || controlPlane in clusters) return controlPlane ?? key;
    return configClusterOf(controlPlane, clusters) ?? key;
}

/** The members, as they share services. */
export function sharingMembers({ clusters, istio = {} }: Pick<MeshArgs, "clusters" | "istio">): SharingMember[] {
    return Object.entries(clusters).map(([name, { peers, network = `${name}-network` }]) => {
        const istiod = servingKey(name, clusters);
        const { dnsProxy = false } = mergeIstio(istio, clusters[istiod]?.istio);
        return { name, istiod, network, peers, dnsProxy };
    });
}

/**
 * @throws RunError, before anything is registered, for keys that are no names, peers that are no clusters of the mesh, and
 *     clusters that nobody can serve, and services that cannot be shared so.
 */
export function refuseTopology({
    clusters,
    externalClusters = {},
    services = [],
    denyByDefault = false,
    istio = {},
}: Pick<MeshArgs, "clusters" | "externalClusters" | "services" | "denyByDefault" | "istio">): void {
    const keys = Object.keys(clusters);
    for (const key of Object.keys(externalClusters)) {
        if (key in clusters || configClusterOf(key, clusters) === undefined) {
            throw new pulumi.RunError(
                `\`externalClusters.${key}\` must be no cluster of the mesh, and \`controlPlane\` of at least one`,
            );
        }
    }
    for (const [key, { controlPlane, peers }] of Object.entries(clusters)) {
        assertDnsLabel("clusters", key);
        const at = `\`clusters.${key}.`;
        const strangers = peers?.filter((peer) => peer === key || !keys.includes(peer)) ?? [];
        if (strangers.length > 0) {
            throw new pulumi.RunError(
                `${at}peers\` must name other clusters of the mesh (${keys.join(", ")}), not ${strangers.join(", ")}`,
            );
        }
        if (controlPlane === undefined) continue;
        const rule = controlPlaneProblem(
            key,
            { controlPlane, peers },
            {
                find: (name) => clusters[name],
                configClusterOf: (name) => (name in externalClusters ? configClusterOf(name, clusters) : undefined),
            },
        );
        if (rule !== undefined) throw new pulumi.RunError(`${at}controlPlane\` ${rule}`);
    }
    refuse(servicesProblems(services, sharingMembers({ clusters, istio }), denyByDefault));
}

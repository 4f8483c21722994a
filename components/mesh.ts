import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "./intermediateCa";
import { assertDnsLabel } from "./internal/checks";
import { typeToken } from "./internal/names";
import type { KeyAlgorithm, ValidityArgs } from "./internal/types";
import { controlPlaneProblem } from "./internal/rules";
import { type IstioArgs, mergeIstio } from "./istio";
import { MeshCluster, type MeshClusterArgs } from "./meshCluster";
import { RemoteSecret } from "./remoteSecret";
import { type GivenRootArgs, RootCa } from "./rootCa";

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
     * Key of the cluster whose istiod serves it, so that it has none of its own: {@link RemoteControlPlane}. The address of that
     * cluster's east-west gateway must be an IP address. @defaultValue it has its own
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

/** Arguments of {@link Mesh}. */
export interface MeshArgs {
    /** Name of the mesh, and organization in its certificates. */
    id: pulumi.Input<string>;
    /** Its clusters, by short names of your own, which become part of the resources' names. */
    clusters: { [name: string]: MeshMemberArgs };
    /** First part of every workload's identity. @defaultValue `"cluster.local"` */
    trustDomain?: pulumi.Input<string>;
    /** How Istio is installed in all clusters. @defaultValue as Istio's charts */
    istio?: IstioArgs;
    /** The root CA. @defaultValue one of this mesh's own, kept in the stack's state */
    root?: MeshRootArgs;
}

/**
 * A whole mesh in one stack: a root CA outside all clusters, and in each an intermediate, a control plane, an east-west gateway,
 * and remote Secrets for its peers. A mesh spread over several stacks is made of the parts: {@link RootCa},
 * {@link IntermediateCa}, {@link MeshCluster}, {@link RemoteSecret}.
 *
 * @example
 * ```ts
 * const provider = (name: string) =>
 *     new k8s.Provider(name, { kubeconfig: config.requireSecret(name), enableSecretMutable: true, clusterIdentifier: name });
 * const mesh = new Mesh("mesh", {
 *     id: "usmesh",
 *     clusters: {
 *         blue: { provider: provider("blue"), apiServer: "https://blue.example.org" },
 *         green: { provider: provider("green"), apiServer: "https://green.example.org", ingress: true },
 *     },
 * });
 * export const ingress = mesh.ingressAddresses;
 * ```
 */
export class Mesh extends pulumi.ComponentResource {
    /** What all workloads trust, PEM: {@link RootCa.certificate}. */
    public readonly rootCertificate: pulumi.Output<string>;
    /** What other networks dial, by cluster: an IP address or a host name; the port is 15443. */
    public readonly eastWestAddresses: { [name: string]: pulumi.Output<string> };
    /** What clients dial, by cluster that has an ingress gateway. */
    public readonly ingressAddresses: { [name: string]: pulumi.Output<string> };
    /**
     * The namespace `istio-system`, by cluster, known as soon as istiod answers: pods that are made after it get a sidecar.
     */
    public readonly namespaces: { [name: string]: pulumi.Output<string> };

    constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
        const { id, clusters, trustDomain, istio, root: { given, keyAlgorithm, ...root } = {} } = args;
        refuseTopology(clusters);
        super(typeToken("Mesh"), name, { id, trustDomain }, opts);

        const authority = { organization: id, ...(keyAlgorithm && { keyAlgorithm }) };
        const named = Object.entries(clusters).map(([key, { istio: over, ...member }]) => ({
            key,
            clusterName: `${key}-cluster`,
            network: `${key}-network`,
            ...member,
            istio: mergeIstio(istio, over),
        }));
        const requesting = named
            .filter(({ controlPlane }) => controlPlane === undefined)
            .map((member) => {
                const args = { cluster: member.key, ...authority };
                return { ...member, authority: new IntermediateCa(`${name}-${member.key}-ca`, args, { parent: this }) };
            });
        const requests = Object.fromEntries(requesting.map(({ key, authority: { request } }) => [key, request]));
        const rootCa = new RootCa(`${name}-root-ca`, { ...root, ...authority, given, requests }, { parent: this });
        const declare = (member: Named, model: Model): MeshCluster => {
            const { key, clusterName, network, apiServer, ingress = false, provider, readerTokens, istio } = member;
            const shared = named.some(({ controlPlane }) => controlPlane === key);
            const eastWest = shared || named.some((other) => other.network !== network);
            return new MeshCluster(
                `${name}-${key}`,
                {
                    ...{ meshId: id, trustDomain, clusterName, network, apiServer, ingress, istio },
                    ...model,
                    ...(readerTokens && { readerTokens }),
                    ...(shared && { shared }),
                    ...(!eastWest && { eastWest }),
                },
                { parent: this, provider },
            );
        };
        const primaries = requesting.map((member) => {
            const certificateAuthority = {
                certificate: rootCa.certificateOf(member.key),
                rootCertificate: rootCa.certificate,
                privateKey: member.authority.privateKey,
            };
            return { ...member, parts: declare(member, { certificateAuthority }) };
        });
        const remotes = named.flatMap((member) => {
            const serving = primaries.find(({ key }) => key === member.controlPlane);
            if (serving?.parts.eastWestAddress === undefined) return [];
            const primary = { clusterName: serving.clusterName, address: serving.parts.eastWestAddress };
            const [served, resolve] = pulumi.deferredOutput<string>();
            return [{ ...member, resolve, parts: declare(member, { primary, served }) }];
        });
        const members = [...primaries, ...remotes];
        for (const { key, peers, provider, parts } of primaries) {
            for (const peer of members.filter((other) => other.key !== key && (peers?.includes(other.key) ?? true))) {
                const { clusterName, parts: read } = peer;
                const served = remotes.find((remote) => remote.key === peer.key && remote.controlPlane === key);
                // A cluster that this istiod serves gets its gateway only after this.
                const gateway = served ? undefined : read.eastWestAddress;
                const secret = new RemoteSecret(
                    `${name}-${key}-reads-${peer.key}`,
                    { peer: clusterName, kubeconfig: read.readerKubeconfig, gateway, namespace: parts.namespace },
                    { parent: this, provider },
                );
                served?.resolve(secret.peer);
            }
        }

        const byCluster = <T>(of: (parts: MeshCluster) => T | undefined): { [name: string]: T } =>
            Object.fromEntries(
                members.flatMap(({ key, parts }) => {
                    const value = of(parts);
                    return value === undefined ? [] : [[key, value]];
                }),
            );
        this.rootCertificate = rootCa.certificate;
        this.eastWestAddresses = byCluster(({ eastWestAddress }) => eastWestAddress);
        this.ingressAddresses = byCluster(({ ingressAddress }) => ingressAddress);
        this.namespaces = byCluster(({ namespace }) => namespace);
        this.registerOutputs({
            rootCertificate: this.rootCertificate,
            eastWestAddresses: this.eastWestAddresses,
            ingressAddresses: this.ingressAddresses,
            namespaces: this.namespaces,
        });
    }
}

/** A cluster with what it leaves to defaults. */
interface Named extends MeshMemberArgs {
    key: string;
    clusterName: string;
    network: string;
    istio: IstioArgs;
}

/** Whose istiod serves it. */
type Model = Pick<MeshClusterArgs, "certificateAuthority" | "primary" | "served">;

/**
 * @throws RunError, before anything is registered, for keys that are no names, peers that are no clusters of the mesh, and
 *     clusters that nobody can serve.
 */
function refuseTopology(clusters: MeshArgs["clusters"]): void {
    const keys = Object.keys(clusters);
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
        const rule = controlPlaneProblem(key, { controlPlane, peers }, (name) => clusters[name]);
        if (rule !== undefined) throw new pulumi.RunError(`${at}controlPlane\` ${rule}`);
    }
}

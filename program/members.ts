/** Clusters as members of the mesh: with an istiod of their own, there or outside, or with the way to another cluster's. */
import * as pulumi from "@pulumi/pulumi";
import {
    ExternalControlPlane,
    type IntermediateCa,
    MeshCluster,
    type MeshClusterArgs,
    type RemoteSecretArgs,
    SampleApps,
} from "../components/index";
import { hasEastWestGateway, isShared } from "../shared/topology";
import type { ConnectedCluster, Connection } from "./clusters";
import type { Config, SourceConfig } from "./config";
import type { OtherStacks, Signed } from "./stacks";

/** A cluster, once all its parts are declared. */
export interface Member extends ConnectedCluster {
    readonly parts: MeshCluster;
    /** Namespace of the sample apps, where the cluster has them. */
    readonly appsNamespace: pulumi.Output<string> | undefined;
}

/** A member with an istiod of its own. */
export interface Primary extends Member {
    /** Where others reach that istiod; undefined where none have to. */
    readonly istiodAddress: pulumi.Output<string> | undefined;
    /** Where remote Secrets for it belong: its namespace, in the cluster in which it runs. */
    readonly beside: Pick<RemoteSecretArgs, "namespace" | "image"> & { options: pulumi.ComponentResourceOptions };
    /** Known once that istiod answers. */
    readonly ready: pulumi.Output<string>;
    /** Takes what is known once remote Secrets are there that it is to start with. */
    readonly knows: (peers: pulumi.Output<string[]>) => void;
}

/** A member that the istiod of another cluster serves. */
export interface Remote extends Member {
    /** Takes what is known once that istiod reads the cluster; nothing where another stack makes it do so. */
    readonly serve: (known: pulumi.Output<string>) => void;
}

/** A cluster with an authority of its own. */
export interface Certified extends ConnectedCluster {
    readonly authority: IntermediateCa;
    /** Absent until the root, in another stack, has signed. */
    readonly signed: Signed | undefined;
}

/** @param model Whose istiod serves the cluster. */
function declareMember(
    { mesh, topology, readerTokens }: Config,
    cluster: ConnectedCluster,
    model: Pick<MeshClusterArgs, "certificateAuthority" | "primary" | "served" | "shared">,
): Member {
    const { name, clusterName, network, apiServer, istio, ingress, shared, sampleApps, options } = cluster;
    const parts = new MeshCluster(
        name,
        {
            istio,
            meshId: mesh.id,
            trustDomain: mesh.trustDomain,
            clusterName,
            network,
            ...(isShared(cluster, topology) && { shared: true }),
            ...(!hasEastWestGateway(cluster, topology) && { eastWest: false }),
            ...(shared && { sharing: shared.sharing }),
            apiServer,
            readerTokens: [...readerTokens],
            ...model,
            ingress,
        },
        options,
    );
    // Without a sidecar, apps would be none of the mesh.
    if (sampleApps === undefined || (model.certificateAuthority ?? model.served) === undefined) {
        return { ...cluster, parts, appsNamespace: undefined };
    }
    // Up to version 0.1.0 they were a part of the cluster's component.
    const aliased = { ...options, aliases: [{ parent: parts }] };
    const apps = new SampleApps(`${name}-apps`, { ...sampleApps, controlPlane: parts.namespace }, aliased);
    return { ...cluster, parts, appsNamespace: apps.namespace };
}

/** The clusters of this stack with an istiod of their own, in the cluster itself or outside of the mesh. */
export function declarePrimaries(
    config: Config,
    certified: readonly Certified[],
    externals: readonly (SourceConfig & Connection)[],
    others: OtherStacks,
): Primary[] {
    return certified.flatMap(({ signed, authority, ...cluster }): Primary[] => {
        if (signed === undefined || others.leavesOwnIstiod(cluster)) return [];
        const certificateAuthority = { ...signed, privateKey: authority.privateKey };
        const external = externals.find(({ name }) => name === cluster.external);
        if (external === undefined) {
            const member = declareMember(config, cluster, { certificateAuthority });
            const { namespace, eastWestAddress } = member.parts;
            const beside = { namespace, options: cluster.options };
            return [{ ...member, istiodAddress: eastWestAddress, beside, ready: namespace, knows: () => undefined }];
        }
        const { clusterName } = cluster;
        const [kubeconfig, read] = pulumi.deferredOutput<string>();
        const [peers, knows] = pulumi.deferredOutput<string[]>();
        const controlPlane = new ExternalControlPlane(
            `${external.name}-control-plane`,
            { clusterName, certificateAuthority, kubeconfig, peers, istio: external.istio },
            external.options,
        );
        const { address, namespace, ready, proxyImage: image } = controlPlane;
        const member = declareMember(config, cluster, { primary: { clusterName, address }, served: ready });
        if (member.parts.istiodKubeconfig) read(member.parts.istiodKubeconfig);
        const beside = { namespace, image, options: external.options };
        return [{ ...member, istiodAddress: address, beside, ready, knows }];
    });
}

/**
 * The clusters of this stack that the istiod of another one serves, as soon as that can be reached. Those that an istiod is leaving
 * keep their gateways and apps, and have none until the next `up`.
 */
export function declareRemotes(
    config: Config,
    clusters: readonly ConnectedCluster[],
    primaries: readonly Primary[],
    others: OtherStacks,
): Remote[] {
    return clusters.flatMap((cluster) => {
        const { primary = cluster } = cluster;
        const { clusterName } = primary;
        const serving = clusters.find(({ name }) => name === primary.name);
        if (others.leavesOwnIstiod(cluster) || (serving && others.leavesOwnIstiod(serving))) {
            const model = {
                ...{ primary: { clusterName }, served: "its gateways and apps stay" },
                // So does what leads to the istiod that leaves: Istio's resources go only while an istiod validates them.
                ...(others.sharedIstiod(cluster) && { shared: true }),
            };
            return [{ ...declareMember(config, cluster, model), serve: () => undefined }];
        }
        if (primary === cluster) return [];
        const address = primaries.find(({ name }) => name === primary.name)?.istiodAddress;
        if (address !== undefined) {
            const [served, serve] = pulumi.deferredOutput<string>();
            return [{ ...declareMember(config, cluster, { primary: { clusterName, address }, served }), serve }];
        }
        const elsewhere = others.servingIstiod(cluster);
        if (elsewhere === undefined) return [];
        const served = elsewhere.reads ? "yes" : undefined;
        const model = { primary: { clusterName, address: elsewhere.address }, served };
        return [{ ...declareMember(config, cluster, model), serve: () => undefined }];
    });
}

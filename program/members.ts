/** Clusters as members of the mesh: with an istiod of their own, or with the way to another cluster's. */
import * as pulumi from "@pulumi/pulumi";
import { MeshCluster, type MeshClusterArgs, SampleApps } from "../components/index";
import { hasEastWestGateway, isShared } from "../shared/topology";
import type { ConnectedCluster } from "./clusters";
import type { Config } from "./config";
import type { OtherStacks } from "./stacks";

/** Whose istiod serves a cluster. */
type Model = Pick<MeshClusterArgs, "certificateAuthority" | "primary" | "served">;

/** A cluster, once all its parts are declared. */
export interface Member extends ConnectedCluster {
    readonly parts: MeshCluster;
}

/** A member that the istiod of another cluster serves. */
interface Remote extends Member {
    /** Takes what is known once that istiod reads the cluster; nothing where another stack makes it do so. */
    readonly serve: (known: pulumi.Output<string>) => void;
}

export function declareMember<Cluster extends ConnectedCluster>(
    { mesh, topology, readerTokens }: Config,
    cluster: Cluster,
    model: Model,
): Cluster & Member {
    const { name, clusterName, network, apiServer, istio, ingress, sampleApps, options } = cluster;
    const parts = new MeshCluster(
        name,
        {
            istio,
            meshId: mesh.id,
            trustDomain: mesh.trustDomain,
            clusterName,
            network,
            ...(isShared(name, topology) && { shared: true }),
            ...(!hasEastWestGateway(cluster, topology) && { eastWest: false }),
            apiServer,
            readerTokens: [...readerTokens],
            ...model,
            ingress,
        },
        options,
    );
    // Without a sidecar, apps would be none of the mesh.
    if (sampleApps && (model.certificateAuthority ?? model.served) !== undefined) {
        // Up to version 0.1.0 they were a part of the cluster's component.
        const apps = { ...options, aliases: [{ parent: parts }] };
        new SampleApps(`${name}-apps`, { ...sampleApps, controlPlane: parts.namespace }, apps);
    }
    return { ...cluster, parts };
}

/** The clusters of this stack that the istiod of another one serves, as soon as that can be reached. */
export function declareRemotes(
    config: Config,
    clusters: readonly ConnectedCluster[],
    primaries: readonly Member[],
    others: OtherStacks,
): Remote[] {
    return clusters.flatMap((cluster) => {
        const { primary } = cluster;
        if (primary === undefined) return [];
        const { clusterName } = primary;
        if (others.leavesOwnIstiod(cluster)) {
            const model = { primary: { clusterName }, served: "its gateways and apps stay" };
            return [{ ...declareMember(config, cluster, model), serve: () => undefined }];
        }
        const address = primaries.find(({ name }) => name === primary.name)?.parts.eastWestAddress;
        if (address !== undefined) {
            const [served, serve] = pulumi.deferredOutput<string>();
            return [{ ...declareMember(config, cluster, { primary: { clusterName, address }, served }), serve }];
        }
        const serving = others.servingIstiod(cluster);
        if (serving === undefined) return [];
        const model = { primary: { clusterName, address: serving.address }, served: serving.reads ? "yes" : undefined };
        return [{ ...declareMember(config, cluster, model), serve: () => undefined }];
    });
}

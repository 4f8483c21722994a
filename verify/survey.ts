/** What clusters say of themselves, without any word on how they should be. */
import type { V1Service } from "@kubernetes/client-node";
import { SECONDS_OF_A_LOOK } from "./runner";
import type { GatewayAddress, Mesh, MeshCluster } from "./mesh";
import { inEachCluster, ObservationError, observe } from "./observe";
import { type EastWest, eastWestOf } from "./observe/eastWest";
import { workloadCertificates } from "./observe/envoy";
import { domainOf } from "./observe/envoyAnswers";
import { identityOf } from "./observe/identity";
import { controlPlaneOf } from "./observe/controlPlane";
import { imageTag, ISTIOD_CONTAINER } from "./observe/istio";
import { readClusters, type ReadClusters } from "./observe/istiod";
import type { KubernetesView } from "./observe/kubernetes";
import { addressesOf } from "./observe/objects";
import { type Remote, remotesOf } from "./observe/remotes";
import { anySignal } from "../shared/signals";

/** A certificate authority, as workloads see it. */
export interface Authority {
    /** Distinguished name, in one line. */
    readonly subject: string;
    /** SHA-256, in hexadecimal pairs. */
    readonly fingerprint: string;
    readonly validTo: Date;
}

/** What was found in one cluster. */
export interface Found {
    /** URL of its API server, as this machine reaches it. */
    readonly apiServer: string;
    /** Version of Kubernetes, e.g. `v1.34.4`. */
    readonly kubernetes: string;
    /** Tag of istiod's image; absent where none runs. */
    readonly istio?: string;
    readonly clusterName?: string;
    /** Istio's name of the cluster whose istiod serves it; absent where it has one of its own. */
    readonly primary?: string;
    readonly network?: string;
    readonly meshId?: string;
    readonly trustDomain?: string;
    readonly gateways: EastWest["services"];
    /** Addresses of ingress gateways. */
    readonly ingress: readonly string[];
    readonly remotes: readonly Remote[];
    /** What each istiod replica says of the clusters that it reads. */
    readonly istiods: readonly ReadClusters[];
    /** Signs the workloads; absent where no proxy is ready. */
    readonly intermediate?: Authority;
    /** What the workloads trust. */
    readonly roots: readonly Authority[];
    /** Why some of the above could not be seen, e.g. a right that is missing, and is empty for that. */
    readonly unseen: readonly string[];
}

export interface Survey {
    /** {@link MeshCluster.name} */
    readonly cluster: string;
    /** Absent when the cluster could not be read. */
    readonly found?: Found;
    /** Why not, then. */
    readonly unreadable?: string;
}

/** Reads all clusters side by side; changes nothing. Never throws for a cluster that does not answer. */
export async function survey({ clusters }: Pick<Mesh, "clusters">, signal?: AbortSignal): Promise<Survey[]> {
    const limit = anySignal(signal === undefined ? [] : [signal], SECONDS_OF_A_LOOK * 1000);
    const view = await observe({ clusters }, limit);
    return inEachCluster(view, async (kubernetes) => {
        try {
            return { found: await lookAt(kubernetes) };
        } catch (error) {
            return { unreadable: error instanceof Error ? error.message : String(error) };
        }
    });
}

/** Who may not see everything still sees the rest: names and networks of the clusters above all. */
async function lookAt(kubernetes: KubernetesView): Promise<Found> {
    const unseen: string[] = [];
    const orElse = async <T>(otherwise: T, read: Promise<T>): Promise<T> => {
        try {
            return await read;
        } catch (error) {
            if (!(error instanceof ObservationError)) throw error;
            unseen.push(error.message);
            return otherwise;
        }
    };
    const [version, identity, { services: gateways }, remotes, replicas, { pods }, services, workload] =
        await Promise.all([
            kubernetes.serverVersion(),
            identityOf(kubernetes),
            orElse({ services: [] }, eastWestOf(kubernetes)),
            orElse(
                [],
                remotesOf(kubernetes).then((found) => found.remotes),
            ),
            orElse([], readClusters(kubernetes)),
            controlPlaneOf(kubernetes),
            kubernetes.services(),
            orElse(undefined, workloadCertificates(kubernetes)),
        ]);
    const { network, meshId, primary } = identity;
    // While no istiod runs, its proxies still say whose they are.
    const clusterName = identity.clusterName ?? identity.injectedName;
    const intermediate = workload?.chain[1];
    const trustDomain = workload && domainOf(workload);
    const istio = pods[0] && imageTag(pods[0], ISTIOD_CONTAINER);
    return {
        apiServer: kubernetes.server,
        kubernetes: version,
        ...(istio === undefined ? {} : { istio }),
        ...(clusterName === undefined ? {} : { clusterName }),
        ...(primary === undefined ? {} : { primary }),
        ...(network === undefined ? {} : { network }),
        ...(meshId === undefined ? {} : { meshId }),
        ...(trustDomain === undefined ? {} : { trustDomain }),
        gateways,
        ingress: services.filter(isIngressGateway).flatMap(addressesOf),
        remotes,
        istiods: replicas,
        ...(intermediate === undefined ? {} : { intermediate: authorityOf(intermediate) }),
        roots: (workload?.roots ?? []).map(authorityOf),
        unseen: [...new Set(unseen)],
    };
}

/** Istio's charts and its profiles label it so. */
function isIngressGateway({ metadata, spec }: V1Service): boolean {
    return metadata?.labels?.["istio"] === "ingressgateway" && spec?.type === "LoadBalancer";
}

function authorityOf(certificate: { subject: string; fingerprint256: string; validTo: string }): Authority {
    return {
        // Node gives a distinguished name as one attribute a line.
        subject: certificate.subject.replaceAll("\n", ", "),
        fingerprint: certificate.fingerprint256,
        validTo: new Date(certificate.validTo),
    };
}

/**
 * Who discovers whom, by {@link MeshCluster.name}: declared where a mesh is one-way on purpose; `found` for what remote
 * Secrets say, and no more.
 */
export type DeclaredPeers = Readonly<Record<string, readonly string[]>> | "found";

/**
 * The mesh that clusters are together, where nothing but themselves says how they should be: their own names and networks.
 * Those of one mesh id and one root discover each other, whether or not they have remote Secrets, unless it is declared.
 */
export function meshOfSurveys(
    clusters: readonly MeshCluster[],
    surveys: readonly Survey[],
    declared?: DeclaredPeers,
): Mesh {
    const foundIn = (name: string): Found | undefined => surveys.find(({ cluster }) => cluster === name)?.found;
    const peersOf = (name: string, found: Found): string[] =>
        clusters.flatMap((other) => {
            const theirs = foundIn(other.name);
            if (other.name === name || theirs === undefined) return [];
            if (typeof declared === "object") return declared[name]?.includes(other.name) === true ? [other.name] : [];
            const isRead = found.remotes.some(({ clusterName }) => clusterName === theirs.clusterName);
            return isRead || (declared === undefined && areOneMesh(found, theirs)) ? [other.name] : [];
        });
    /** The one that is looked at, of those that an annotation names: several, or `*` for any. */
    const servingOf = (name: string, named: string): string => {
        const names = named.split(",").map((each) => each.trim());
        const serving = clusters.flatMap((other) => {
            const theirs = foundIn(other.name);
            const { clusterName } = theirs ?? {};
            if (other.name === name || clusterName === undefined || theirs?.primary !== undefined) return [];
            return names.includes(clusterName) || names.includes("*") ? [clusterName] : [];
        });
        return serving[0] ?? named;
    };
    return {
        mayHaveMore: true,
        clusters: clusters.map((cluster) => {
            const found = foundIn(cluster.name);
            if (found === undefined) {
                return cluster;
            }
            const eastWestGateway = gatewayOf(found);
            const ingressAddress = found.ingress[0];
            return {
                ...cluster,
                clusterName: found.clusterName ?? cluster.clusterName,
                network: found.network ?? cluster.network,
                peers: peersOf(cluster.name, found),
                ...(found.primary === undefined ? {} : { primary: servingOf(cluster.name, found.primary) }),
                ...(eastWestGateway === undefined ? {} : { eastWestGateway }),
                ...(ingressAddress === undefined ? {} : { ingressAddress }),
            };
        }),
    };
}

/**
 * The same clusters, where some of them run the istiod of another one: that one has the way to it, and they are none of the mesh.
 * A survey of the result finds what that istiod knows.
 */
export function withExternals(clusters: readonly MeshCluster[], surveys: readonly Survey[]): MeshCluster[] {
    const foundIn = (name: string): Found | undefined => surveys.find(({ cluster }) => cluster === name)?.found;
    const hostOf = ({ name }: MeshCluster): MeshCluster | undefined => {
        const { clusterName, primary } = foundIn(name) ?? {};
        return clusterName === undefined || primary !== clusterName
            ? undefined
            : clusters.find((other) => {
                  const theirs = foundIn(other.name);
                  return theirs?.istio !== undefined && theirs.clusterName === clusterName;
              });
    };
    const hosts = new Map(clusters.map((cluster) => [cluster.name, hostOf(cluster)]));
    const used = [...hosts.values()];
    return clusters
        .filter((cluster) => !used.includes(cluster))
        .map((cluster) => {
            const external = hosts.get(cluster.name);
            return external === undefined ? cluster : { ...cluster, external };
        });
}

/** Whether two clusters say that they are of one mesh. What one of them does not say, it does not deny. */
function areOneMesh(one: Found, other: Found): boolean {
    const isOneId = one.meshId === undefined || other.meshId === undefined || one.meshId === other.meshId;
    const roots = other.roots.map(({ fingerprint }) => fingerprint);
    const isOneRoot =
        one.roots.length === 0 ||
        roots.length === 0 ||
        one.roots.some(({ fingerprint }) => roots.includes(fingerprint));
    return isOneId && isOneRoot;
}

/** Where other networks get in. */
export function gatewayOf({ gateways, network }: Found): GatewayAddress | undefined {
    return gateways.filter((gateway) => gateway.network === network).flatMap(({ dials }) => dials)[0];
}

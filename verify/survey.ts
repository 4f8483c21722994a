/** What clusters say of themselves, without any word on how they should be. */
import type { V1Service } from "@kubernetes/client-node";
import { SECONDS_OF_A_LOOK } from "./runner";
import type { GatewayAddress, Mesh, MeshCluster } from "./mesh";
import { inEachCluster, observe } from "./observe";
import { type EastWest, eastWestOf } from "./observe/eastWest";
import { workloadCertificates } from "./observe/envoy";
import { domainOf } from "./observe/envoyAnswers";
import { identityOf } from "./observe/identity";
import { GATEWAY_PORT, imageTag, ISTIOD_CONTAINER, ISTIOD_LABEL, SYSTEM_NAMESPACE } from "./observe/istio";
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

async function lookAt(kubernetes: KubernetesView): Promise<Found> {
    const [version, identity, { services: gateways }, { remotes }, replicas, pods, services, workload] =
        await Promise.all([
            kubernetes.serverVersion(),
            identityOf(kubernetes),
            eastWestOf(kubernetes),
            remotesOf(kubernetes),
            readClusters(kubernetes),
            kubernetes.runningPods(ISTIOD_LABEL, SYSTEM_NAMESPACE),
            kubernetes.services(),
            workloadCertificates(kubernetes),
        ]);
    const { clusterName, network, meshId } = identity;
    const intermediate = workload?.chain[1];
    const trustDomain = workload && domainOf(workload);
    const istio = pods[0] && imageTag(pods[0], ISTIOD_CONTAINER);
    return {
        apiServer: kubernetes.server,
        kubernetes: version,
        ...(istio === undefined ? {} : { istio }),
        ...(clusterName === undefined ? {} : { clusterName }),
        ...(network === undefined ? {} : { network }),
        ...(meshId === undefined ? {} : { meshId }),
        ...(trustDomain === undefined ? {} : { trustDomain }),
        gateways,
        ingress: services.filter(isIngressGateway).flatMap(addressesOf),
        remotes,
        istiods: replicas,
        ...(intermediate === undefined ? {} : { intermediate: authorityOf(intermediate) }),
        roots: (workload?.roots ?? []).map(authorityOf),
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
 * The mesh that clusters are together, where nothing but themselves says how they should be: their own names and networks,
 * and the peers that their remote Secrets are for.
 */
export function meshOfSurveys(clusters: readonly MeshCluster[], surveys: readonly Survey[]): Mesh {
    const foundIn = (name: string): Found | undefined => surveys.find(({ cluster }) => cluster === name)?.found;
    const byClusterName = new Map(clusters.map(({ name }) => [foundIn(name)?.clusterName, name]));
    return {
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
                peers: found.remotes.flatMap(({ clusterName }) => byClusterName.get(clusterName) ?? []),
                ...(eastWestGateway === undefined ? {} : { eastWestGateway }),
                ...(ingressAddress === undefined ? {} : { ingressAddress }),
            };
        }),
    };
}

/** Where other networks get in. */
export function gatewayOf({ gateways, network }: Found): GatewayAddress | undefined {
    const address = gateways.find((gateway) => gateway.network === network)?.addresses[0];
    return address === undefined ? undefined : { address, port: GATEWAY_PORT };
}

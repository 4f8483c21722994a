/** What several checks look at: the certificates of one workload a cluster, and the addresses of all. */
import { type DeclaredMesh, onNetworkOf } from "../../mesh";
import { inEachCluster, type MeshView } from "../../observe";
import { workloadCertificates, type WorkloadCertificates } from "../../observe/envoy";
import { PROXY_LABEL } from "../../observe/istio";
import type { KubernetesView } from "../../observe/kubernetes";
import { fingerprints } from "../../observe/pem";

export interface ClusterTrust {
    readonly cluster: string;
    /** Absent when no pod of the cluster has a proxy. */
    readonly workload?: WorkloadCertificates;
}

export function observeTrust(view: MeshView): Promise<ClusterTrust[]> {
    return inEachCluster(view, async (kubernetes) => {
        const workload = await workloadCertificates(kubernetes);
        return workload === undefined ? {} : { workload };
    });
}

/** Fingerprints of the roots that istiod gives to new workloads, by namespace. */
export async function givenRoots(kubernetes: KubernetesView): Promise<Record<string, readonly string[]>> {
    const maps = await kubernetes.configMaps("istio.io/config=true");
    return Object.fromEntries(
        maps
            .filter(({ metadata }) => metadata?.name === "istio-ca-root-cert")
            .map(({ metadata, data }) => [metadata?.namespace ?? "", fingerprints(data?.["root-cert.pem"] ?? "")]),
    );
}

/** Addresses of a cluster's pods with a proxy. Those on their node's network are left out: others may share its address. */
export async function workloadAddresses(kubernetes: KubernetesView): Promise<string[]> {
    const pods = await kubernetes.runningPods(PROXY_LABEL);
    return pods.flatMap(({ spec, status }) => (spec?.hostNetwork === true ? [] : (status?.podIP ?? [])));
}

/** Those of some addresses that only pods on another network have. Networks may well use the same addresses twice. */
export function strangersOf(
    mesh: DeclaredMesh,
    cluster: string,
    all: readonly { readonly cluster: string; readonly pods: readonly string[] }[],
    addresses: readonly string[],
): { readonly address: string; readonly of: string }[] {
    const near = onNetworkOf(mesh, cluster).map(({ name }) => name);
    const own = all.filter((each) => near.includes(each.cluster)).flatMap(({ pods }) => pods);
    return [...new Set(addresses)].flatMap((address) => {
        const other = all.find((each) => !near.includes(each.cluster) && each.pods.includes(address));
        return other === undefined || own.includes(address) ? [] : [{ address, of: other.cluster }];
    });
}

/** First eight bytes of a SHA-256 fingerprint, enough to compare by eye. */
export function short(fingerprint: string): string {
    return fingerprint.slice(0, 23);
}

export function withoutProxy(cluster: string): { seen: string; cause: string; fix: string } {
    return {
        seen: `${cluster}: no pod with a ready proxy`,
        cause: `No sidecar and no gateway of ${cluster} is ready, so nothing there holds a certificate of the mesh.`,
        fix: `Label a namespace of ${cluster} with istio-injection=enabled and restart its pods, or find out why they are not ready.`,
    };
}

/** What the trust checks look at: the certificates of one workload a cluster. */
import { inEachCluster, type MeshView } from "../observe";
import { workloadCertificates, type WorkloadCertificates } from "../observe/istio";

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

/** First eight bytes of a SHA-256 fingerprint, enough to compare by eye. */
export function short(fingerprint: string): string {
    return fingerprint.slice(0, 23);
}

export function withoutProxy(cluster: string): { seen: string; cause: string; fix: string } {
    return {
        seen: `${cluster}: no pod with a ready proxy`,
        cause: `No sidecar and no gateway of ${cluster} is ready, so nothing there holds a certificate of the mesh.`,
        fix: `Label a namespace of ${cluster} with istio-injection=enabled and restart its pods, or look at why they are not ready.`,
    };
}

/** Real Kubernetes clusters as processes of this machine, one network namespace a node. */
import type { Toolchain } from "../toolchain";
import { HomeClusters } from "./home/clusters";
import type { LocalClusters } from "./localCluster";

export { NETWORK_LABEL } from "./localCluster";
export type { ClusterRequest, Health, LocalCluster, LocalClusters } from "./localCluster";

/**
 * @param home Folder of this mesh's local state, e.g. `<checkout>/.mesh`.
 * @param toolchain Called at most once, when a cluster is first needed.
 */
export function localClusters(home: string, toolchain: () => Promise<Toolchain>): LocalClusters {
    return new HomeClusters(home, toolchain);
}

/** What local clusters are to those who use them. */
import type { Progress } from "../../shared/progress";

/** Label of a node: the network that its pods share with others. */
export const NETWORK_LABEL = "topology.istio.io/network";

export interface ClusterRequest {
    /** DNS label, unique in this home. The node is named `<name>-control-plane`, as kind does. */
    readonly name: string;
    /** CIDR of pods; assigned without clashes when absent. */
    readonly podSubnet?: string;
    /** CIDR of Services; assigned without clashes when absent. */
    readonly serviceSubnet?: string;
    /** Network that its pods share with those of all clusters that name it, too. Default one of its own. */
    readonly network?: string;
}

export type Health = "ready" | "degraded" | "stopped";

/** A cluster that answers: node Ready, DNS answering. */
export interface LocalCluster {
    readonly name: string;
    /** Admin kubeconfig, YAML text. Key material: treat as secret. */
    readonly kubeconfig: string;
    /** File of it, mode 0600. */
    readonly kubeconfigPath: string;
    /** `https://<node address>:6443`, reachable from the host and from pods of the other clusters. */
    readonly apiServer: string;
    readonly nodeAddress: string;
    readonly podSubnet: string;
    readonly serviceSubnet: string;
    /** CIDR from which LoadBalancer Services get their addresses. */
    readonly addressPool: string;
    /** Kubernetes version, e.g. `v1.34.4`. */
    readonly version: string;
    readonly health: Health;
}

/** The clusters of one home; homes of one machine do not touch each other. */
export interface LocalClusters {
    /** Creates or repairs or starts a cluster and waits until it is ready. Safe to call for several at once. */
    up(request: ClusterRequest, progress: Progress, signal?: AbortSignal): Promise<LocalCluster>;
    get(name: string): Promise<LocalCluster | undefined>;
    list(): Promise<readonly LocalCluster[]>;
    /** Ends its processes; keeps its data. */
    stop(name: string, progress: Progress): Promise<void>;
    /** Leaves no process, mount, namespace, bridge, rule, cgroup or file. Also removes what a crash left. */
    delete(name: string, progress: Progress): Promise<void>;
}

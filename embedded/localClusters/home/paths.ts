/** Where a home's clusters live on this machine, and what their kernel objects are called. */
import { createHash } from "node:crypto";
import path from "node:path";

/** Data of all homes: one folder a home, named by {@link HomePaths.instance}. */
export const DATA_ROOT = "/var/lib/istio-multicluster";
/** Beginning of the names of locks and of what else ends with a reboot. */
export const RUN_PREFIX = "/run/istio-multicluster-";

export interface HomePaths {
    /** Absolute path of the home. */
    readonly home: string;
    /** Short hash of the home: tells the homes of one machine apart. */
    readonly instance: string;
    /** Folder of all its clusters. */
    readonly data: string;
    /** File that records its network. */
    readonly network: string;
    readonly kubeconfigs: string;
    /** Name of the host's link to its bridge (at most 15 characters). */
    readonly link: string;
    /** File to which the network namespace of its bridge is bound. */
    readonly bridge: string;
}

export function homePaths(home: string): HomePaths {
    const absolute = path.resolve(home);
    const instance = createHash("sha256").update(absolute).digest("hex").slice(0, 8);
    const data = path.join(DATA_ROOT, instance);
    return {
        home: absolute,
        instance,
        data,
        network: path.join(data, "network.json"),
        kubeconfigs: path.join(absolute, "kubeconfigs"),
        link: `imc-${instance}`,
        bridge: `${RUN_PREFIX}${instance}.net`,
    };
}

export interface ClusterPaths {
    readonly name: string;
    /** `<name>-control-plane`. */
    readonly node: string;
    /** `<instance>/<name>`: marks its processes and names its cgroup. */
    readonly id: string;
    readonly data: string;
    /** File that records its addresses. */
    readonly record: string;
    readonly pki: string;
    readonly etcd: string;
    readonly containerd: string;
    readonly kubelet: string;
    readonly cni: string;
    /** For plugins that nobody installs here; kubelet and controller manager make the folder anyway. */
    readonly volumePlugins: string;
    /** Rendered configuration files and kubeconfigs of its components. */
    readonly config: string;
    /** Log files of its components, and of its pods under `pods/`. */
    readonly logs: string;
    /** The admin kubeconfig in the home. */
    readonly kubeconfig: string;
    readonly lock: string;
}

export function clusterPaths(home: HomePaths, name: string): ClusterPaths {
    const data = path.join(home.data, name);
    return {
        name,
        node: `${name}-control-plane`,
        id: `${home.instance}/${name}`,
        data,
        record: path.join(data, "cluster.json"),
        pki: path.join(data, "pki"),
        etcd: path.join(data, "etcd"),
        containerd: path.join(data, "containerd"),
        kubelet: path.join(data, "kubelet"),
        cni: path.join(data, "cni"),
        volumePlugins: path.join(data, "volume-plugins"),
        config: path.join(data, "config"),
        logs: path.join(data, "logs"),
        kubeconfig: path.join(home.kubeconfigs, `${name}.yaml`),
        lock: `${RUN_PREFIX}${home.instance}-${name}`,
    };
}

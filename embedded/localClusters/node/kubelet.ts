import path from "node:path";
import { stringify } from "yaml";
import type { Toolchain } from "../../toolchain";
import { CONTAINERD_SOCKET } from "./containerd";
import type { ClusterPaths } from "../home/paths";
import type { ClusterRecord } from "../home/registry";
import { NETWORK_LABEL } from "../localCluster";
import { certificateFile, keyFile } from "../access/pki";
import type { Component } from "./processes";
import { writeConfig } from "./configFile";

export interface KubeletConfig {
    readonly nodeAddress: string;
    readonly dnsAddress: string;
}

export async function writeKubeletConfig(paths: ClusterPaths, config: KubeletConfig): Promise<void> {
    await writeConfig(configFile(paths), stringify(kubeletConfiguration(paths, config)));
}

export function kubelet(
    paths: ClusterPaths,
    toolchain: Toolchain,
    { nodeAddress, network }: Pick<ClusterRecord, "nodeAddress" | "network">,
): Component {
    return {
        name: "kubelet",
        command: toolchain.binaries.kubelet,
        args: [
            `--config=${configFile(paths)}`,
            `--kubeconfig=${path.join(paths.config, "kubelet.kubeconfig")}`,
            `--hostname-override=${paths.node}`,
            `--node-ip=${nodeAddress}`,
            ...(network === undefined ? [] : [`--node-labels=${NETWORK_LABEL}=${network}`]),
        ],
    };
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export function kubeletConfiguration(paths: ClusterPaths, config: KubeletConfig): object {
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: config.nodeAddress,
        containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
        clusterDNS: [config.dnsAddress],
        clusterDomain: "cluster.local",
        resolvConf: "/dev/null", // no name outside the cluster resolves
        authentication: {
            anonymous: { enabled: false },
            x509: { clientCAFile: certificateFile(paths.pki, "ca") },
            webhook: { enabled: true },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: certificateFile(paths.pki, "kubelet"),
        tlsPrivateKeyFile: keyFile(paths.pki, "kubelet"),
        // Works with cgroup v1 and v2, with and without systemd; all pods are below one group, which `delete` removes.
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${podCgroup(paths)}`,
        enforceNodeAllocatable: [],
        failSwapOn: false,
        // Images come from archives: none may be collected, since none can be pulled again.
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
        volumePluginDir: paths.volumePlugins,
        serializeImagePulls: false,
    };
}

/** Control group of a cluster's pods, relative to each hierarchy's root. */
export function podCgroup(paths: ClusterPaths): string {
    return `istio-multicluster/${paths.id}`;
}

function configFile(paths: ClusterPaths): string {
    return path.join(paths.config, "kubelet.yaml");
}

/** The node's container runtime: containerd with runc, pod networks by the CNI plugins, images from archives. */
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { inNode } from "./node";
import type { ClusterPaths } from "../home/paths";
import type { Component } from "./processes";
import { writeConfig } from "./configFile";
import { CNI_IN_NODE } from "../../toolchain/charts";
import { run } from "../../../shared/run";
import { waitFor } from "../../../shared/wait";

/** In the node's own /run. */
export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";
/** Where Debian's `containernetworking-plugins` puts them. */
const DEBIAN_CNI_PLUGINS = "/usr/lib/cni";
const CNI_PLUGINS = ["bridge", "host-local", "loopback", "portmap"];
/** containerd's namespace of what the kubelet sees. */
const CTR = ["ctr", "--address", CONTAINERD_SOCKET, "--namespace", "k8s.io"];

export interface RuntimeConfig {
    readonly pauseImage: string;
    readonly podSubnet: string;
}

export function containerd(paths: ClusterPaths): Component {
    return {
        name: "containerd",
        command: "containerd",
        args: ["--config", path.join(paths.config, "containerd.toml")],
    };
}

export async function writeRuntimeConfig(paths: ClusterPaths, config: RuntimeConfig): Promise<void> {
    const plugins = path.join(paths.cni, path.basename(CNI_IN_NODE.plugins));
    const networks = path.join(paths.cni, path.basename(CNI_IN_NODE.networks));
    for (const folder of [plugins, networks]) await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of CNI_PLUGINS) {
        await symlink(path.join(DEBIAN_CNI_PLUGINS, name), path.join(plugins, name)).catch(ignorePresent);
    }
    await writeConfig(path.join(paths.config, "containerd.toml"), containerdToml(paths, config));
    await writeConfig(path.join(networks, "10-pods.conflist"), cniConfig(config.podSubnet));
}

/** https://github.com/containerd/containerd/blob/release/1.6/docs/cri/config.md */
export function containerdToml(paths: ClusterPaths, config: RuntimeConfig): string {
    return `version = 2
root = ${JSON.stringify(paths.containerd)}
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = ${JSON.stringify(CONTAINERD_SOCKET)}
[plugins."io.containerd.grpc.v1.cri"]
  # Where this process may not lower its score, neither may runc: https://github.com/containerd/containerd/pull/3246
  restrict_oom_score_adj = true
  sandbox_image = ${JSON.stringify(config.pauseImage)}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(CNI_IN_NODE.plugins)}
    conf_dir = ${JSON.stringify(CNI_IN_NODE.networks)}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

function ignorePresent(error: unknown): void {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}

/** One bridge for the node's pods. Addresses in use are kept in the node's /run: they end with its pods. */
export function cniConfig(podSubnet: string): string {
    const bridge = {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
            type: "host-local",
            ranges: [[{ subnet: podSubnet }]],
            routes: [{ dst: "0.0.0.0/0" }],
            dataDir: "/run/cni",
        },
    };
    const portmap = { type: "portmap", capabilities: { portMappings: true } };
    return `${JSON.stringify({ cniVersion: "0.4.0", name: "pods", plugins: [bridge, portmap] }, undefined, 2)}\n`;
}

/** Waits until containerd answers. */
export async function waitForRuntime(init: number, signal: AbortSignal): Promise<void> {
    await waitFor("containerd to answer", 30, () => ctr(init, ["version"]), signal);
}

/** Runs a command of containerd's own client in a node. */
export async function ctr(init: number, args: readonly string[]): Promise<string> {
    return run(...inNode(init, ...CTR, ...args));
}

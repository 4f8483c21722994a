/** What the kernel must be able to do for clusters to run on it. */
import { existsSync, readFileSync } from "node:fs";
import type { Problem } from "../../../shared/problems";
import { attempt } from "../../../shared/run";

const CONTROLLERS = ["cpu", "memory", "pids"];

/** Tried for real in a network namespace that ends with the shell; each prints its name when it works. */
const NETWORK_PROBES = {
    "network bridges (CONFIG_BRIDGE)": "ip link add probe-bridge type bridge",
    "virtual Ethernet pairs (CONFIG_VETH)": "ip link add probe-veth type veth peer name probe-peer",
    "address translation by iptables (CONFIG_NF_TABLES, CONFIG_NF_NAT)":
        "iptables -w -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE",
    "connection tracking by iptables (CONFIG_NF_CONNTRACK)":
        "iptables -w -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT",
};

/** Needs root, ip, unshare and iptables. */
export async function kernelProblems(): Promise<readonly Problem[]> {
    const missing = await missingNetworkFeatures();
    if (!readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n")) {
        missing.push("overlay file systems (CONFIG_OVERLAY_FS)");
    }
    for (const controller of CONTROLLERS.filter((name) => !hasController(name))) {
        missing.push(`control groups with the controller ${controller}`);
    }
    return missing.map((feature) => ({
        subject: "kernel",
        rule: `must offer ${feature}: pods are made of it`,
        fix: "Load its module or boot a kernel that has it; in a container, run on the host or in a virtual machine",
    }));
}

async function missingNetworkFeatures(): Promise<string[]> {
    const features = Object.entries(NETWORK_PROBES);
    const script = features.map(([, probe], index) => `${probe} 2>/dev/null && echo works ${index}`).join("\n");
    const { stdout, stderr, failure } = await attempt("unshare", ["--net", "sh", "-c", `${script}\ntrue`]);
    if (failure !== undefined) {
        return [`network namespaces (unshare says: ${stderr})`];
    }
    return features.filter((_, index) => !stdout.split("\n").includes(`works ${index}`)).map(([feature]) => feature);
}

/** In the unified hierarchy (version 2), or in one of its own (version 1). */
function hasController(name: string): boolean {
    const unified = "/sys/fs/cgroup/cgroup.controllers";
    if (existsSync(unified)) {
        return readFileSync(unified, "utf8").trim().split(" ").includes(name);
    }
    return existsSync(`/sys/fs/cgroup/${name}`);
}

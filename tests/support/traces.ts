/** What a home's clusters leave on this machine, found without asking the code that made it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

export interface Traces {
    readonly processes: readonly string[];
    readonly mounts: readonly string[];
    readonly links: readonly string[];
    readonly cgroups: readonly string[];
    readonly files: readonly string[];
}

/** Everything that carries the name of this instance. */
export function tracesOf(instance: string): Traces {
    return {
        processes: processesOf(instance),
        mounts: linesWith(instance, readFileSync("/proc/self/mounts", "utf8")),
        links: linesWith(instance, ip("-brief", "link", "show")),
        cgroups: cgroupsOf(instance),
        files: [`/var/lib/istio-multicluster/${instance}`, ...below("/run")].filter(
            (file) => file.includes(instance) && existsSync(file),
        ),
    };
}

/** What belongs to no instance, and that clusters must leave as they found it. */
export function hostState(): object {
    const settings = ["net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables", "net/netfilter/nf_conntrack_max"];
    const folders = ["/run/netns", "/etc/cni", "/opt/containerd", "/usr/libexec/kubernetes", "/var/log/pods"];
    const state = ["/run/containerd", "/var/lib/kubelet", "/var/lib/cni", "/var/lib/containerd", "/var/lib/etcd"];
    return {
        rules: execFileSync("iptables-save", { encoding: "utf8" }).replace(/^#.*$|\[\d+:\d+\]/gm, ""),
        settings: settings.map((name) => `${name}=${contentOf(`/proc/sys/${name}`)}`),
        folders: [...folders, ...state].map(
            (folder) =>
                `${folder}: ${existsSync(folder) ? below(folder).filter(isNobodysInstance).join(" ") : "absent"}`,
        ),
        routes: ip("route", "show").split("\n").filter(isNobodysInstance),
    };
}

/** Other runs of this machine may come and go during a test. */
function isNobodysInstance(line: string): boolean {
    return !line.includes("imc-");
}

function processesOf(instance: string): string[] {
    return readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
        .filter((pid) =>
            ["cmdline", "environ", "cgroup", "mountinfo"].some((file) =>
                contentOf(`/proc/${pid}/${file}`).includes(instance),
            ),
        )
        .map((pid) => `${pid} ${contentOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

function cgroupsOf(instance: string): string[] {
    const roots = readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, , type]) => type?.startsWith("cgroup") === true)
        .map(([, target]) => path.join(target ?? "", "istio-multicluster", instance));
    return roots.filter((root) => existsSync(root));
}

function linesWith(text: string, lines: string): string[] {
    return lines.split("\n").filter((line) => line.includes(text));
}

function below(folder: string): string[] {
    return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

/** Empty for what is not there, or ended meanwhile. */
function contentOf(file: string): string {
    try {
        return readFileSync(file, "utf8").trim();
    } catch {
        return "";
    }
}

function ip(...args: string[]): string {
    return execFileSync("ip", args, { encoding: "utf8" });
}

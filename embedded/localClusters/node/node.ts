/**
 * A node: process, mount, network and host-name namespaces of its own (namespaces(7)), held by one process, its init.
 * When init ends, the kernel ends every process of the node, its pods included, and with them go its mounts, its
 * network namespace and its firewall rules: nothing of a node can outlive its init.
 */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, closeSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import path from "node:path";
import { lastWords, logFile } from "./logs";
import type { ClusterPaths } from "../home/paths";
import { waitFor } from "../../../shared/wait";

/** In the environment of a node's init, with the cluster's id as its value. */
const MARK = "ISTIO_MULTICLUSTER_NODE";

/**
 * What runs as init. /run is the node's own, and so are the folders of /var/lib that kubelet and the CNI plugins do not
 * let us choose; /var/lib stays readable beneath, writes to it end with the node. The node forwards, filters what its
 * pods say to each other, and tells each of them at once what it cannot reach. Children that are orphaned reap
 * themselves, since their parent ignores SIGCHLD (wait(2)).
 */
const INIT = `
set -e
umask 022
hostname "$NODE"
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
[ -e /proc/sys/net/bridge ] || modprobe br_netfilter
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock /run/node /run/lib/upper /run/lib/work
mount --bind "$DATA" /run/node
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/lib/upper,workdir=/run/lib/work overlay /var/lib
mkdir -p "$DATA" /var/lib/kubelet /var/lib/cni
mount --bind /run/node "$DATA"
mount --bind "$DATA/kubelet" /var/lib/kubelet
mount --bind "$DATA/cni" /var/lib/cni
mount --bind "$DATA/logs" /var/log
exec env -i --ignore-signal=CHLD ${MARK}="$ID" sleep infinity
`;

/** Host process id of the node's init, where it runs. */
export function findInit(id: string): number | undefined {
    return processIds().find((pid) => isInit(pid, id));
}

function isInit(pid: number, id: string): boolean {
    return readProc(pid, "environ") === `${MARK}=${id}\0` && namespacePid(pid) === 1;
}

/** Starts the node's init and waits until its namespaces are made. Ends it with `killNode`. */
export async function startNode(paths: ClusterPaths): Promise<number> {
    for (const folder of [paths.kubelet, paths.cni, paths.logs]) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    const file = logFile(paths, "node");
    const log = openSync(file, "a", 0o600);
    const namespaces = ["--pid", "--fork", "--mount", "--mount-proc", "--net", "--uts"];
    const child = spawn("unshare", [...namespaces, "sh", "-c", INIT], {
        detached: true,
        stdio: ["ignore", log, log],
        env: { PATH: process.env["PATH"], ID: paths.id, DATA: paths.data, NODE: paths.node },
    });
    closeSync(log);
    const ended = new AbortController();
    const end = (how: string): void => {
        ended.abort(new Error(`the init of ${paths.node} ended (${how}); ${lastWords(file)}`));
    };
    child.once("error", (error) => {
        end(error.message);
    });
    child.once("exit", (code) => {
        end(`exit code ${code ?? "none"}`);
    });
    child.unref();
    const find = (): number => {
        const init = findInit(paths.id);
        if (init === undefined) {
            throw new Error("its init has not started");
        }
        return init;
    };
    return waitFor(`the namespaces of ${paths.node}`, 10, find, ended.signal);
}

/** Ends every process of the node and waits until the last is gone. */
export async function killNode(id: string): Promise<void> {
    const init = findInit(id);
    if (init === undefined) {
        return;
    }
    process.kill(init, "SIGKILL");
    await waitFor(`the end of the processes of ${id}`, 20, () => {
        if (isAlive(init)) {
            throw new Error(`process ${init} still ends its children`);
        }
    });
}

/** A process of a node, pods' processes not counted. */
export interface NodeProcess {
    /** Process id on the host. */
    readonly pid: number;
    /** Its program's file name. */
    readonly program: string;
}

export function nodeProcesses(init: number): NodeProcess[] {
    const namespace = pidNamespace(init);
    return processIds()
        .filter((pid) => pid !== init && pidNamespace(pid) === namespace && isAlive(pid))
        .map((pid) => ({ pid, program: path.basename(readProc(pid, "cmdline").split("\0")[0] ?? "") }));
}

/** Command line that runs a command inside the node. */
export function inNode(init: number, ...command: string[]): [string, string[]] {
    return ["nsenter", ["--target", `${init}`, "--pid", "--mount", "--net", "--uts", "--", ...command]];
}

function processIds(): number[] {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Neither gone nor a zombie. */
function isAlive(pid: number): boolean {
    const stat = readProc(pid, "stat");
    const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
    return state !== undefined && state !== "Z" && state !== "X";
}

/** The process id that it has in its innermost process namespace. */
function namespacePid(pid: number): number | undefined {
    const line = /^NSpid:\s+(.*)$/m.exec(readProc(pid, "status"))?.[1];
    return line === undefined ? undefined : Number(line.split(/\s+/).at(-1));
}

function pidNamespace(pid: number): string | undefined {
    try {
        return readlinkSync(`/proc/${pid}/ns/pid`);
    } catch {
        return undefined; // it ended, or belongs to the kernel
    }
}

/** Empty for a process that ended meanwhile. */
function readProc(pid: number, file: string): string {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
        return "";
    }
}

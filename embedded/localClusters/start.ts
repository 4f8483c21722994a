/** Brings a cluster from whatever state it is in to ready: starts what does not run, then waits. */
import { mkdir, readdir, rm } from "node:fs/promises";
import type { Progress } from "../../shared/progress";
import type { Toolchain } from "../toolchain";
import { AdminApi } from "./access/adminApi";
import { makeCgroup, removeCgroup } from "./node/cgroups";
import { containerd, waitForRuntime, writeRuntimeConfig } from "./node/containerd";
import * as plane from "./node/controlPlane";
import { applyDns } from "./node/dns";
import { loadImages, seedImages } from "./node/images";
import { kubelet, podCgroup, writeKubeletConfig } from "./node/kubelet";
import { withRegistry } from "./home/lock";
import { connectNode, isConnected } from "./network/network";
import { findInit, killNode, startNode } from "./node/node";
import type { ClusterPaths, HomePaths } from "./home/paths";
import { ensurePki } from "./access/pki";
import { ComponentEndedError, Components } from "./node/processes";
import { waitForApi, waitForDns, waitForNode, waitForPods } from "./node/readiness";
import type { ClusterRecord, HomeRecord } from "./home/registry";

export interface Start {
    readonly home: HomePaths;
    readonly paths: ClusterPaths;
    readonly network: HomeRecord;
    readonly cluster: ClusterRecord;
    readonly toolchain: Toolchain;
    readonly progress: Progress;
    readonly signal: AbortSignal;
}

/**
 * Repairs a running node in place; restarts it where that does not help, or for another version of Kubernetes; starts
 * without its former data where a component cannot read them any more.
 */
export async function startCluster(start: Start): Promise<void> {
    const { home, paths, cluster, progress } = start;
    await writeFiles(start);
    const running = findInit(paths.id);
    if (running !== undefined) {
        const isCurrent = cluster.version === start.toolchain.versions.kubernetes;
        if (isCurrent && (await isConnected(home, running, cluster))) {
            const failure = await attempt(() => converge(start, running));
            if (failure === undefined) {
                return;
            }
            start.signal.throwIfAborted();
            progress(`cluster ${paths.name}: restarting its node, since ${failure.message}`);
        }
        await killNode(paths.id);
    }
    const failure = await attempt(() => boot(start));
    if (failure === undefined) {
        return;
    }
    const damaged = failure instanceof ComponentEndedError ? await dataOf(paths, failure.component) : [];
    if (damaged.length === 0) {
        throw failure;
    }
    progress(`cluster ${paths.name}: starting without the data that its last run left, since ${failure.message}`);
    await killNode(paths.id);
    await Promise.all(damaged.map((folder) => rm(folder, { recursive: true, force: true })));
    await writeFiles(start);
    await boot(start);
}

/** Folders that the component has filled before and that may be why it ends; what only makes sense with them, too. */
async function dataOf(paths: ClusterPaths, component: string): Promise<string[]> {
    const folders: Record<string, string[]> = {
        etcd: [paths.etcd, paths.containerd, paths.kubelet],
        containerd: [paths.containerd],
    };
    const [own, ...dependents] = folders[component] ?? [];
    const isFilled = own !== undefined && (await readdir(own).catch(() => [])).length > 0;
    return isFilled ? [own, ...dependents] : [];
}

async function boot(start: Start): Promise<void> {
    const { paths, cluster, progress, signal } = start;
    const cgroup = podCgroup(paths);
    const since = new Date();
    await withRegistry(async () => {
        await removeCgroup(cgroup); // the kubelet waits for the dead pods whose groups it finds
        await makeCgroup(cgroup);
    });
    const init = await startNode(paths);
    await connectNode(start.home, start.network, init, cluster);
    await converge(start, init);
    const api = await AdminApi.of(paths.pki, cluster.nodeAddress);
    const failure = await attempt(() => waitForPods(api, since, signal));
    signal.throwIfAborted();
    if (failure !== undefined) progress(`cluster ${paths.name}: ${failure.message}`);
}

async function writeFiles({ paths, cluster, toolchain, progress }: Start): Promise<void> {
    await Promise.all(
        [paths.config, paths.etcd, paths.logs].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
    );
    const apiServiceAddress = plane.apiServiceAddress(cluster);
    await Promise.all([
        seedImages(paths.containerd, Object.values(toolchain.images), progress),
        ensurePki(paths.pki, { node: paths.node, nodeAddress: cluster.nodeAddress, apiServiceAddress }),
        plane.writeControlPlaneConfig(paths, cluster),
        writeRuntimeConfig(paths, { pauseImage: toolchain.images.pause.reference, podSubnet: cluster.podSubnet }),
        writeKubeletConfig(paths, { nodeAddress: cluster.nodeAddress, dnsAddress: plane.dnsAddress(cluster) }),
    ]);
}

/** The runtime comes up beside the API server. The kubelet starts when all images are there: it would pull others. */
async function converge(start: Start, init: number): Promise<void> {
    const components = new Components(init, start.paths, start.signal);
    try {
        await startControlPlane(start, init, components);
        await startNodeServices(start, init, components);
        components.signal.throwIfAborted();
    } catch (error) {
        components.giveUp(error);
        throw error;
    }
}

async function startControlPlane(start: Start, init: number, components: Components): Promise<void> {
    const { paths, cluster, toolchain, progress } = start;
    const images = Object.values(toolchain.images);
    components.ensure(plane.etcd(paths, toolchain), plane.apiServer(paths, toolchain, cluster), containerd(paths));
    progress(`cluster ${paths.name}: waiting for its API server and container runtime`);
    const api = await AdminApi.of(paths.pki, cluster.nodeAddress);
    await Promise.all([
        waitForApi(api, components.signal),
        waitForRuntime(init, components.signal).then(() => loadImages(init, paths.containerd, images)),
    ]);
}

async function startNodeServices(start: Start, init: number, components: Components): Promise<void> {
    const { paths, cluster, toolchain, progress } = start;
    components.ensure(
        plane.controllerManager(paths, toolchain, cluster),
        plane.scheduler(paths, toolchain),
        kubelet(paths, toolchain, cluster),
        plane.kubeProxy(paths, toolchain),
        plane.loadBalancer(paths, toolchain, cluster),
    );
    progress(`cluster ${paths.name}: waiting for its node and DNS`);
    const api = await AdminApi.of(paths.pki, cluster.nodeAddress);
    const dns = plane.dnsAddress(cluster);
    await Promise.all([
        applyDns(api, toolchain.images.coredns.reference, dns),
        waitForNode(api, paths.node, components.startOf("kubelet"), components.signal),
        waitForDns(init, dns, components.signal),
    ]);
}

/** The error with which it fails, if it does. */
async function attempt(work: () => Promise<void>): Promise<Error | undefined> {
    try {
        await work();
        return undefined;
    } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
    }
}

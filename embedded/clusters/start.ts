/** Brings a cluster from whatever state it is in to ready: starts what does not run, then waits. */
import { mkdir, readdir, rm } from "node:fs/promises";
import type { Progress } from "../progress";
import type { Toolchain } from "../toolchain";
import { ApiClient } from "./apiClient";
import { containerd, loadImages, waitForRuntime, writeRuntimeConfig } from "./containerd";
import * as plane from "./controlPlane";
import { applyDns } from "./dns";
import { kubelet, writeKubeletConfig } from "./kubelet";
import { connectNode, isConnected } from "./network";
import { findInit, killNode, startNode } from "./node";
import type { ClusterPaths, HomePaths } from "./paths";
import { ensurePki } from "./pki";
import { ComponentEndedError, Components } from "./processes";
import { waitForApi, waitForDns, waitForNode } from "./readiness";
import type { ClusterRecord, HomeRecord } from "./registry";

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
 * Repairs a running node in place, restarts it where that does not help, and makes the cluster anew where etcd cannot
 * read its data any more.
 */
export async function startCluster(start: Start): Promise<void> {
    const { home, paths, cluster, progress } = start;
    await writeFiles(start);
    const running = findInit(paths.id);
    if (running !== undefined) {
        if (await isConnected(home, running, cluster)) {
            const failure = await attempt(() => converge(start, running));
            if (failure === undefined) {
                return;
            }
            start.signal.throwIfAborted();
            progress(`cluster ${paths.name}: restarting its node, since ${failure.message}`);
        }
        await killNode(paths.id);
    }
    const hadData = (await readdir(paths.etcd).catch(() => [])).length > 0;
    const failure = await attempt(() => boot(start));
    if (failure instanceof ComponentEndedError && failure.component === "etcd" && hadData) {
        progress(`cluster ${paths.name}: making it anew, since etcd cannot read its data: ${failure.message}`);
        await killNode(paths.id);
        await Promise.all(
            [paths.etcd, paths.containerd, paths.kubelet].map((folder) => rm(folder, { recursive: true })),
        );
        await boot(start);
    } else if (failure !== undefined) {
        throw failure;
    }
}

async function boot(start: Start): Promise<void> {
    const init = await startNode(start.paths);
    await connectNode(start.home, start.network, init, start.cluster);
    await converge(start, init);
}

async function writeFiles({ paths, cluster, toolchain }: Start): Promise<void> {
    await Promise.all(
        [paths.config, paths.etcd, paths.logs].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })),
    );
    const apiServiceAddress = plane.apiServiceAddress(cluster);
    await Promise.all([
        ensurePki(paths.pki, { node: paths.node, nodeAddress: cluster.nodeAddress, apiServiceAddress }),
        plane.writeControlPlaneConfig(paths, cluster),
        writeRuntimeConfig(paths, { pauseImage: toolchain.images.pause.reference, podSubnet: cluster.podSubnet }),
        writeKubeletConfig(paths, { nodeAddress: cluster.nodeAddress, dnsAddress: plane.dnsAddress(cluster) }),
    ]);
}

/**
 * The runtime and its first images come up beside the API server; the kubelet must find the pause image, or it would
 * try to pull it. The other images load while node and DNS become ready.
 */
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
    const { pause, coredns } = toolchain.images;
    components.ensure(plane.etcd(paths, toolchain), plane.apiServer(paths, toolchain, cluster), containerd(paths));
    progress(`cluster ${paths.name}: waiting for its API server and container runtime`);
    const api = await ApiClient.of(paths.pki, cluster.nodeAddress);
    await Promise.all([
        waitForApi(api, components.signal),
        waitForRuntime(init, components.signal).then(() => loadImages(init, [pause, coredns])),
    ]);
}

async function startNodeServices(start: Start, init: number, components: Components): Promise<void> {
    const { paths, cluster, toolchain, progress } = start;
    const { coredns } = toolchain.images;
    components.ensure(
        plane.controllerManager(paths, toolchain, cluster),
        plane.scheduler(paths, toolchain),
        kubelet(paths, toolchain, cluster.nodeAddress),
        plane.kubeProxy(paths, toolchain),
        plane.loadBalancer(paths, toolchain, cluster),
    );
    progress(`cluster ${paths.name}: waiting for its node and DNS`);
    const api = await ApiClient.of(paths.pki, cluster.nodeAddress);
    const dns = plane.dnsAddress(cluster);
    await Promise.all([
        applyDns(api, coredns.reference, dns),
        loadImages(init, Object.values(toolchain.images)),
        waitForNode(api, paths.node, components.signal),
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

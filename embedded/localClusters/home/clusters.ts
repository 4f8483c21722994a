/** The clusters of one home: {@link LocalClusters} on the pieces beside this file. */
import { mkdir, rm, rmdir } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { ProblemsError, type Problem } from "../../../shared/problems";
import type { Progress } from "../../../shared/progress";
import type { Toolchain } from "../../toolchain";
import { AdminApi } from "../access/adminApi";
import { removeCgroup } from "../node/cgroups";
import { dnsAddress } from "../node/controlPlane";
import { assertDnsAnswers } from "../node/dns";
import { raiseHostLimits, restoreHostLimits } from "../node/hostLimits";
import type { ClusterRequest, Health, LocalCluster, LocalClusters } from "../localCluster";
import { adminKubeconfig, apiServerUrl } from "../access/kubeconfig";
import { podCgroup } from "../node/kubelet";
import { withLock, withRegistry } from "./lock";
import { ensureBridge, removeBridge } from "../network/network";
import { routePods } from "../network/podRoutes";
import { findInit, killNode, nodeProcesses } from "../node/node";
import { clusterPaths, homePaths, type ClusterPaths, type HomePaths } from "./paths";
import { hasPki } from "../access/pki";
import { PROGRAMS } from "../node/processes";
import { assertNodeReady } from "../node/readiness";
import {
    claimCluster,
    forgetCluster,
    forgetEmptyHome,
    hasHomes,
    readCluster,
    readClusters,
    recordVersion,
    type ClusterRecord,
} from "./registry";
import { startCluster } from "../start";
import { anySignal } from "../../../shared/signals";
import { waitFor } from "../../../shared/wait";

/** Longest time that another run may hold a cluster: it may be waiting for it to become ready. */
const LOCK_LIMIT_SECONDS = 300;
/** With `-control-plane` it is still a DNS label (RFC 1123). */
const NAME = /^[a-z0-9]([-a-z0-9]{0,47}[a-z0-9])?$/;

export class HomeClusters implements LocalClusters {
    readonly #home: HomePaths;
    readonly #toolchain: () => Promise<Toolchain>;
    #toolchainResult: Promise<Toolchain> | undefined;

    public constructor(home: string, toolchain: () => Promise<Toolchain>) {
        this.#home = homePaths(home);
        this.#toolchain = toolchain;
    }

    public async up(
        request: ClusterRequest,
        progress: Progress,
        signal: AbortSignal = new AbortController().signal,
    ): Promise<LocalCluster> {
        assertPossible(request);
        this.#toolchainResult ??= this.#toolchain();
        const toolchain = await this.#toolchainResult;
        const paths = clusterPaths(this.#home, request.name);
        return withLock(paths.lock, LOCK_LIMIT_SECONDS, async (lost) => {
            const { cluster, network } = await withRegistry(async () => {
                if ((await readCluster(this.#home, request.name)) === undefined) {
                    await removeNode(paths); // of a cluster whose record was lost
                }
                const claim = await claimCluster(this.#home, request.name, request, toolchain.versions.kubernetes);
                await raiseHostLimits();
                await ensureBridge(this.#home, claim.network);
                return claim;
            });
            await startCluster({
                home: this.#home,
                paths,
                network,
                cluster,
                toolchain,
                progress,
                signal: anySignal([signal, lost]),
            });
            await withRegistry(() => this.#routePods());
            const record = await recordVersion(this.#home, cluster, toolchain.versions.kubernetes);
            await mkdir(this.#home.kubeconfigs, { recursive: true, mode: 0o700 });
            await writeFileAtomic(paths.kubeconfig, await kubeconfigOf(paths, cluster), { mode: 0o600 });
            progress(`cluster ${request.name}: ready at ${apiServerUrl(cluster.nodeAddress)}`);
            return describe(paths, record, "ready");
        });
    }

    public async get(name: string): Promise<LocalCluster | undefined> {
        const paths = clusterPaths(this.#home, name);
        const cluster = await readCluster(this.#home, name);
        // One that was recorded but never started has nothing to show; `up` and `delete` take it from there.
        return cluster !== undefined && (await hasPki(paths.pki))
            ? describe(paths, cluster, await health(paths, cluster))
            : undefined;
    }

    public async list(): Promise<readonly LocalCluster[]> {
        const records = await readClusters(this.#home);
        const clusters = await Promise.all(records.map((record) => this.get(record.name)));
        return clusters.filter((cluster) => cluster !== undefined);
    }

    public async stop(name: string, progress: Progress): Promise<void> {
        const paths = clusterPaths(this.#home, name);
        await withLock(paths.lock, LOCK_LIMIT_SECONDS, async () => {
            if (findInit(paths.id) !== undefined) {
                progress(`cluster ${name}: stopping`);
                await killNode(paths.id);
                await withRegistry(() => removeCgroup(podCgroup(paths)));
            }
        });
    }

    public async delete(name: string, progress: Progress): Promise<void> {
        const paths = clusterPaths(this.#home, name);
        await withLock(paths.lock, LOCK_LIMIT_SECONDS, async () => {
            progress(`cluster ${name}: deleting`);
            await rm(paths.kubeconfig, { force: true });
            await rmdir(this.#home.kubeconfigs).catch(() => undefined); // others may lie there
            await withRegistry(async () => {
                await removeNode(paths);
                await this.#routePods();
                if (await forgetEmptyHome(this.#home)) {
                    await removeBridge(this.#home);
                }
                if (!(await hasHomes())) {
                    await restoreHostLimits();
                }
            });
        });
    }

    /** In `withRegistry`. */
    async #routePods(): Promise<void> {
        const clusters = await readClusters(this.#home);
        const nodes = clusters.flatMap((cluster) => {
            const init = findInit(clusterPaths(this.#home, cluster.name).id);
            return init === undefined ? [] : [{ ...cluster, init }];
        });
        await routePods(nodes);
    }
}

/** Removes everything of a cluster but its kubeconfig. In `withRegistry`. */
async function removeNode(paths: ClusterPaths): Promise<void> {
    await killNode(paths.id);
    await removeCgroup(podCgroup(paths));
    await forgetCluster(paths);
}

/** A busy machine may answer late, and a packet of DNS may be lost. */
const HEALTH_SECONDS = 3;

async function health(paths: ClusterPaths, cluster: ClusterRecord): Promise<Health> {
    const init = findInit(paths.id);
    if (init === undefined) {
        return "stopped";
    }
    const running = nodeProcesses(init).map((process) => process.program);
    if (!PROGRAMS.every((program) => running.includes(program))) {
        return "degraded";
    }
    try {
        const api = await AdminApi.of(paths.pki, cluster.nodeAddress);
        const look = (): Promise<unknown> =>
            Promise.all([assertNodeReady(api, paths.node), assertDnsAnswers(init, dnsAddress(cluster))]);
        await waitFor("an answer", HEALTH_SECONDS, look);
        return "ready";
    } catch {
        return "degraded";
    }
}

async function describe(paths: ClusterPaths, cluster: ClusterRecord, health: Health): Promise<LocalCluster> {
    return {
        ...cluster,
        health,
        kubeconfig: await kubeconfigOf(paths, cluster),
        kubeconfigPath: paths.kubeconfig,
        apiServer: apiServerUrl(cluster.nodeAddress),
    };
}

async function kubeconfigOf(paths: ClusterPaths, cluster: ClusterRecord): Promise<string> {
    return adminKubeconfig(cluster.name, paths.pki, apiServerUrl(cluster.nodeAddress));
}

function assertPossible(request: ClusterRequest): void {
    const problems: Problem[] = [];
    if (!NAME.test(request.name)) {
        const rule = "must be a DNS label of at most 49 characters, since its node is named <name>-control-plane";
        problems.push({
            subject: "name",
            value: request.name,
            rule,
            fix: "Use lower-case letters, digits and hyphens.",
        });
    }
    if (process.getuid?.() !== 0) {
        const rule = "makes namespaces and networks, which only root may";
        problems.push({ subject: "local cluster", rule, fix: "Run the command as root, e.g. with sudo." });
    }
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

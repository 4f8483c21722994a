/** Local clusters for real: everything here happens to processes, namespaces and packets of this machine. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { localClusters, type LocalCluster, type LocalClusters } from "../../embedded/localClusters";
import { findInit, nodeProcesses, type NodeProcess } from "../../embedded/localClusters/node/node";
import { homePaths } from "../../embedded/localClusters/home/paths";
import { ensureToolchain, type Toolchain } from "../../embedded/toolchain";
import { ProblemsError } from "../../shared/problems";
import { hostState, tracesOf } from "../support/traces";

const execute = promisify(execFile);

/** Subject and value of each problem that it reports. */
async function problemsOf(work: Promise<unknown>): Promise<string[]> {
    return work.then(
        () => [],
        (error: unknown) => {
            assert(error instanceof ProblemsError, String(error));
            return error.problems.map(({ subject, value }) => `${subject} ${value ?? ""}`);
        },
    );
}

describe("local clusters", function () {
    this.timeout(180_000);

    const home = mkdtempSync(path.join(os.tmpdir(), "clusters-"));
    const { instance } = homePaths(home);
    const hostBefore = hostState();
    const lines: string[] = [];
    let toolchain: Toolchain;
    let clusters: LocalClusters;
    let west: LocalCluster;
    let east: LocalCluster;
    const addresses = { west: "", east: "" };

    const progress = (line: string): void => {
        lines.push(line);
    };
    const up = async (...names: string[]): Promise<LocalCluster[]> =>
        Promise.all(names.map((name) => clusters.up({ name }, progress)));
    const kubectl = async (cluster: LocalCluster, ...args: string[]): Promise<string> => {
        const limits = { timeout: 60_000 };
        const all = ["--kubeconfig", cluster.kubeconfigPath, "--cache-dir", path.join(home, "cache"), ...args];
        const { stdout } = await execute(toolchain.binaries.kubectl, all, limits);
        return stdout.trim();
    };
    /** Asks for a URL from inside a cluster's pod `catalog`. */
    const fromPod = async (cluster: LocalCluster, url: string): Promise<string> => {
        const script = `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(4000) })
            .then(async (r) => console.log(await r.text()), (e) => console.log("failed: " + (e.cause?.code ?? e.message)))`;
        return kubectl(cluster, "exec", "catalog", "--", "/usr/local/bin/node", "--eval", script);
    };
    const fromHost = async (url: string): Promise<string> =>
        (await fetch(url, { signal: AbortSignal.timeout(4_000) })).text();
    const programs = (cluster: string): readonly NodeProcess[] => {
        const init = findInit(`${instance}/${cluster}`);
        return init === undefined ? [] : nodeProcesses(init);
    };
    const kill = (cluster: string, program: string): void => {
        const found = programs(cluster).filter((process) => process.program === program);
        expect(found, program).to.have.length(1);
        found.forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    };
    /** Deploys the catalog app with a load balancer and returns its address. */
    const deploy = async (cluster: LocalCluster): Promise<string> => {
        const image = toolchain.images.catalog.reference;
        await kubectl(cluster, "run", "catalog", `--image=${image}`, `--env=CLUSTER=${cluster.name}`, "--port=8080");
        await kubectl(cluster, "expose", "pod", "catalog", "--type=LoadBalancer", "--port=80", "--target-port=8080");
        await kubectl(cluster, "wait", "--for=condition=Ready", "pod/catalog", "--timeout=30s");
        const address = "jsonpath={.status.loadBalancer.ingress[0].ip}";
        await kubectl(cluster, "wait", `--for=${address}`, "service/catalog", "--timeout=10s");
        return kubectl(cluster, "get", "service", "catalog", "--output", address);
    };
    /** What a URL answers, asked again while a restarted cluster converges. */
    const eventually = async (ask: () => Promise<string>, expected: string): Promise<void> => {
        const deadline = Date.now() + 60_000;
        let seen = "";
        while (!seen.includes(expected)) {
            expect(Date.now(), `last seen: ${seen}`).to.be.below(deadline);
            seen = await ask().catch(String);
        }
    };

    before(async () => {
        toolchain = await ensureToolchain(progress);
        clusters = localClusters(home, () => Promise.resolve(toolchain));
    });

    after(async () => {
        await Promise.all(["west", "east"].map((name) => clusters.delete(name, progress)));
        rmSync(home, { recursive: true });
    });

    it("start side by side", async () => {
        const [first, second] = await up("west", "east");
        assert(first !== undefined && second !== undefined);
        [west, east] = [first, second];
        expect(west.nodeAddress).not.to.equal(east.nodeAddress);
        for (const cluster of [west, east]) {
            expect(cluster.health).to.equal("ready");
            expect(statSync(cluster.kubeconfigPath).mode & 0o777).to.equal(0o600);
            const node = `${cluster.name}-control-plane`;
            expect(await kubectl(cluster, "get", "nodes", "--output=name")).to.equal(`node/${node}`);
            const ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}";
            expect(await kubectl(cluster, "get", "node", node, "--output", ready)).to.equal("True");
        }
        expect(lines).to.include("cluster west: waiting for its node and DNS");
    });

    it("have load-balancer addresses that the host and the other cluster's pods reach", async () => {
        addresses.west = await deploy(west);
        addresses.east = await deploy(east);
        for (const [server, address] of [[west, addresses.west] as const, [east, addresses.east] as const]) {
            await eventually(() => fromHost(`http://${address}/items`), `"cluster":"${server.name}"`);
            for (const client of [west, east]) {
                expect(await fromPod(client, `http://${address}/items`)).to.contain(`"cluster":"${server.name}"`);
            }
        }
    });

    it("answer names of the cluster, and refuse others at once", async () => {
        expect(await fromPod(west, "http://catalog.default.svc.cluster.local/items")).to.contain('"cluster":"west"');
        expect(await fromPod(west, "http://istio.io/")).to.match(/failed: (ENOTFOUND|EAI_AGAIN|ESERVFAIL|EREFUSED)/);
    });

    it("do not route to each other's pods and Services", async () => {
        const pod = await kubectl(east, "get", "pod", "catalog", "--output=jsonpath={.status.podIP}");
        const service = await kubectl(east, "get", "service", "catalog", "--output=jsonpath={.spec.clusterIP}");
        expect(await fromPod(east, `http://${pod}:8080/items`)).to.contain('"cluster":"east"');
        expect(await fromPod(west, `http://${pod}:8080/items`)).to.equal("failed: ENETUNREACH");
        expect(await fromPod(west, `http://${service}/items`)).to.equal("failed: ENETUNREACH");
    });

    it("show logs and forward ports", async () => {
        expect(await kubectl(west, "logs", "catalog")).to.contain("catalog");
        const args = ["--kubeconfig", west.kubeconfigPath, "port-forward", "pod/catalog", ":8080"];
        const forward = spawn(toolchain.binaries.kubectl, args, { stdio: ["ignore", "pipe", "inherit"] });
        try {
            const [output] = (await once(forward.stdout, "data")) as [Buffer];
            const port = /127\.0\.0\.1:(\d+)/.exec(output.toString())?.[1];
            expect(await fromHost(`http://127.0.0.1:${port ?? ""}/items`)).to.contain('"cluster":"west"');
        } finally {
            forward.kill();
        }
    });

    it("are left alone by a second up", async () => {
        const process = programs("west");
        const start = Date.now();
        await up("west", "east");
        expect(Date.now() - start).to.be.below(10_000);
        expect(programs("west")).to.deep.equal(process);
    });

    for (const program of ["kube-apiserver", "etcd", "containerd", "kubelet"]) {
        it(`are repaired after ${program} was killed`, async () => {
            kill("west", program);
            await up("west");
            await eventually(() => fromPod(west, "http://catalog.default/items"), '"cluster":"west"');
        });
    }

    it("say that they are degraded, and stopped", async () => {
        kill("east", "kube-apiserver");
        expect(await clusters.get("east")).to.include({ name: "east", health: "degraded" });
        await clusters.stop("east", progress);
        expect(await clusters.get("east")).to.include({ name: "east", health: "stopped" });
        // The test before killed west's kubelet: its pods may still be on their way back.
        await eventually(async () => (await clusters.get("west"))?.health ?? "gone", "ready");
        expect((await clusters.list()).map(({ name, health }) => `${name} ${health}`)).to.have.members([
            "west ready",
            "east stopped",
        ]);
        expect(await clusters.get("nowhere")).to.equal(undefined);
    });

    it("come back with what they had after stop", async () => {
        const [again] = await up("east");
        expect(again).to.deep.equal(east);
        await eventually(() => fromHost(`http://${addresses.east}/items`), '"cluster":"east"');
    });

    it("come back after all of their processes were killed, and the bridge was removed", async () => {
        const init = findInit(`${instance}/west`);
        assert(init !== undefined);
        process.kill(init, "SIGKILL");
        await execute("umount", [homePaths(home).bridge]);
        await up("west", "east");
        await eventually(() => fromHost(`http://${addresses.west}/items`), '"cluster":"west"');
        await eventually(() => fromPod(west, `http://${addresses.east}/items`), '"cluster":"east"');
    });

    it("start anew when etcd's data is damaged", async () => {
        await clusters.stop("west", progress);
        const log = path.join(homePaths(home).data, "west", "etcd", "member", "snap", "db");
        writeFileSync(log, "damaged");
        await up("west");
        expect(await kubectl(west, "get", "pods", "--output=name")).to.equal("");
        expect(lines.join("\n")).to.contain("starting without the data that its last run left");
    });

    it("refuse bad subnets before anything changes", async () => {
        const request = { name: "north", podSubnet: west.podSubnet, serviceSubnet: "10.200.0.1/16" };
        expect(await problemsOf(clusters.up(request, progress))).to.deep.equal(["serviceSubnet 10.200.0.1/16"]);
        const overlapping = { name: "north", podSubnet: west.podSubnet };
        expect(await problemsOf(clusters.up(overlapping, progress))).to.deep.equal([`podSubnet ${west.podSubnet}`]);
        const changed = { name: "west", podSubnet: "10.244.0.0/16" };
        expect(await problemsOf(clusters.up(changed, progress))).to.deep.equal(["podSubnet 10.244.0.0/16"]);
        expect((await clusters.list()).map(({ name }) => name)).to.have.members(["west", "east"]);
    });

    it("refuse to start when something else took their addresses", async () => {
        const taken = ["unreachable", `${west.nodeAddress}/32`];
        await execute("ip", ["route", "add", ...taken]);
        try {
            const [problem] = await problemsOf(clusters.up({ name: "west" }, progress));
            expect(problem).to.match(/^address pool 1/);
        } finally {
            await execute("ip", ["route", "delete", ...taken]);
        }
    });

    it("of two homes do not touch each other", async () => {
        const otherHome = mkdtempSync(path.join(os.tmpdir(), "clusters-"));
        const others = localClusters(otherHome, () => Promise.resolve(toolchain));
        try {
            const other = await others.up({ name: "west" }, progress);
            expect(other.nodeAddress).not.to.equal(west.nodeAddress);
            expect(await kubectl(other, "get", "pods", "--output=name")).to.equal("");
        } finally {
            await others.delete("west", progress);
            rmSync(otherHome, { recursive: true });
        }
        expect(await clusters.get("west")).to.include({ health: "ready" });
        for (const trace of Object.values(tracesOf(homePaths(otherHome).instance))) {
            expect(trace).to.deep.equal([]);
        }
    });

    it("that cannot start name the process, its exit code and its last words", async () => {
        const etcd = path.join(home, "broken-etcd");
        writeFileSync(etcd, "#!/bin/sh\necho the disk is on fire\nexit 7\n", { mode: 0o700 });
        const broken = { ...toolchain, binaries: { ...toolchain.binaries, etcd } };
        const failure = await localClusters(home, () => Promise.resolve(broken))
            .up({ name: "north" }, progress)
            .then(() => undefined, String);
        expect(failure).to.match(/etcd of north-control-plane ended \(exit code 7\).*\n(.*\n)*the disk is on fire/);
        await clusters.delete("north", progress);
        expect(tracesOf(`${instance}/north`).processes).to.deep.equal([]);
    });

    it("are deleted when half of them is gone, and leave nothing", async () => {
        rmSync(path.join(homePaths(home).data, "east", "cluster.json"));
        await execute("ip", ["link", "delete", homePaths(home).link]);
        expect(programs("east"), "east still runs").not.to.deep.equal([]);
        await clusters.delete("east", progress);
        expect(programs("east")).to.deep.equal([]);
        await up("east");
    });

    it("leave nothing when they are deleted", async () => {
        const traces = tracesOf(instance);
        for (const kind of ["processes", "mounts", "links", "cgroups", "files"] as const) {
            expect(traces[kind], `${kind} before`).not.to.deep.equal([]);
        }
        const start = Date.now();
        await Promise.all(["west", "east"].map((name) => clusters.delete(name, progress)));
        expect(Date.now() - start).to.be.below(15_000);
        expect(tracesOf(instance)).to.deep.equal({
            processes: [],
            mounts: [],
            links: [],
            cgroups: [],
            files: [],
        });
        expect(hostState()).to.deep.equal(hostBefore);
        expect(existsSync(path.join(home, "kubeconfigs"))).to.equal(false);
        expect(await clusters.list()).to.deep.equal([]);
    });
});

/** Istio's own integration tests, run on a mesh that stands: https://github.com/istio/istio/tree/master/tests/integration */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { ctr } from "../../embedded/localClusters/node/containerd";
import { findInit } from "../../embedded/localClusters/node/node";
import { clusterPaths, homePaths } from "../../embedded/localClusters/home/paths";
import { ensureIstioTests } from "../../embedded/toolchain/istioTests";

/** A local cluster, as Istio's tests know it. */
export interface Judged {
    readonly name: string;
    readonly clusterName: string;
    readonly network: string;
}

/** A line of `go tool test2json`: https://pkg.go.dev/cmd/test2json */
const eventSchema = z.object({
    Action: z.string(),
    Test: z.string().optional(),
    Output: z.string().default(""),
});

export interface Outcome {
    readonly result: "pass" | "fail" | "skip";
    /** What the test said. */
    readonly output: string;
}

/**
 * @param home Folder of the clusters' state, in which the tests write.
 * @param suite Last part of the package's path, e.g. `pilot`.
 * @param tests Names of Go tests.
 * @param leftOut Those of them, and of the tests within them, that are not run: a pattern of `go test -skip`.
 * @returns How each test ended, tests within tests included.
 * @throws Error with the last words of a suite that could not be set up.
 */
export async function runIstioTests(
    home: string,
    clusters: readonly Judged[],
    suite: string,
    tests: readonly string[],
    leftOut: string,
): Promise<ReadonlyMap<string, Outcome>> {
    const { source, programs, archives, hub, tag } = await ensureIstioTests(console.log);
    await Promise.all(clusters.map(({ name }) => loadImages(home, name, archives)));
    const topology = path.join(home, "topology.json");
    writeFileSync(topology, JSON.stringify(clusters.map((cluster) => topologyEntry(home, cluster))));
    const args = [
        "-test.v=test2json",
        "-test.timeout=45m",
        `-test.run=^(${tests.join("|")})$`,
        `-test.skip=${leftOut}`,
        "--istio.test.kube.deploy=false",
        `--istio.test.kube.topology=${topology}`,
        `--istio.test.work_dir=${home}`,
        "--istio.test.pullpolicy=Never",
        // Names of tests hold those of their namespaces.
        "--istio.test.stableNamespaces",
        // Local clusters have no virtual machines, and their kernels may lack what TPROXY needs.
        "--istio.test.skipVM",
        "--istio.test.skipTProxy",
    ];
    const child = spawn("go", ["tool", "test2json", path.join(programs, `${suite}.test`), ...args], {
        cwd: path.join(source, "tests", "integration", suite),
        env: {
            ...process.env,
            REPO_ROOT: withoutPulls(source, path.join(home, `${suite}-source`)),
            HUB: hub,
            TAG: tag,
            ECHO_IMAGE: `${hub}/echo:${tag}`,
        },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "close");
    const outputs = new Map<string | undefined, string>();
    const outcomes = new Map<string, Outcome>();
    for await (const line of createInterface(child.stdout)) {
        const { Action: action, Test: test, Output: text } = eventSchema.parse(JSON.parse(line));
        const output = (outputs.get(test) ?? "") + text;
        outputs.set(test, output);
        if (test === undefined) continue;
        if (action === "pass" || action === "fail" || action === "skip") outcomes.set(test, { result: action, output });
    }
    await ended;
    if (outcomes.size === 0) throw new Error(outputs.get(undefined)?.slice(-3000));
    return outcomes;
}

/** Names of the tests that ended in a way by themselves, not because of one within them. */
export function endedBy(outcomes: ReadonlyMap<string, Outcome>, result: Outcome["result"]): string[] {
    const names = [...outcomes].filter(([, outcome]) => outcome.result === result).map(([name]) => name);
    const within = (name: string, all: readonly string[]) => all.some((other) => other.startsWith(`${name}/`));
    return names.filter((name) => !within(name, result === "fail" ? names : [...outcomes.keys()]));
}

async function loadImages(home: string, cluster: string, archives: readonly string[]): Promise<void> {
    const init = findInit(clusterPaths(homePaths(home), cluster).id);
    if (init === undefined) throw new Error(`the node of cluster ${cluster} does not run`);
    for (const archive of archives) await ctr(init, ["images", "import", archive]);
}

/** https://github.com/istio/istio/blob/master/pkg/test/framework/components/cluster/config.go */
function topologyEntry(home: string, { name, clusterName, network }: Judged) {
    const kubeconfig = path.join(homePaths(home).kubeconfigs, `${name}.yaml`);
    return { kind: "Kubernetes", clusterName, network, primaryClusterName: clusterName, meta: { kubeconfig } };
}

/**
 * The source with a sample that takes the image that is there: its own asks a registry each time, and there is none.
 * @param folder To be made.
 */
function withoutPulls(source: string, folder: string): string {
    const sampleFolder = path.join("samples", "extauthz");
    const changed = path.join(sampleFolder, "ext-authz.yaml");
    mkdirSync(path.join(folder, sampleFolder), { recursive: true });
    for (const inner of [".", "samples", sampleFolder]) {
        for (const name of readdirSync(path.join(source, inner)).filter(
            (each) => !changed.startsWith(path.join(inner, each)),
        )) {
            symlinkSync(path.join(source, inner, name), path.join(folder, inner, name));
        }
    }
    const sample = readFileSync(path.join(source, changed), "utf8");
    writeFileSync(path.join(folder, changed), sample.replaceAll("imagePullPolicy: Always", "imagePullPolicy: Never"));
    return folder;
}

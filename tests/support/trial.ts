/** A stack of a topology on real clusters: its proof, and what clients lose while it changes. */
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import * as library from "@kubernetes/client-node";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import type { Json } from "../../embedded/host/providers/provider";
import { waitFor } from "../../shared/wait";
import { endpointsInProxy } from "../../verify/observe/envoy";
import type { ServicePort } from "../../verify/observe/envoyAnswers";
import { KubernetesView } from "../../verify/observe/kubernetes";
import { isReady } from "../../verify/observe/objects";
import { Checkout, type Ended } from "./checkout";
import { configuration, type Settings } from "./program";
import { underLoad } from "./underLoad";

/** Host that the ingress of the sample apps routes by. */
export const HOST = "webapp.istioinaction.io";

/** Checks of the whole proof, of clusters that have peers. */
const CHECKS = 40;

const proof = z.object({
    checks: z.array(
        z.looseObject({
            id: z.string(),
            result: z.string(),
            seen: z.array(z.string()),
            cause: z.string().optional(),
        }),
    ),
    calls: z
        .array(
            z.object({
                account: z.string(),
                from: z.string(),
                to: z.string(),
                service: z.string(),
                answer: z.string(),
            }),
        )
        .default([]),
});
const counts = z.object({
    stacks: z.array(z.object({ runs: z.array(z.object({ counts: z.record(z.string(), z.number()) })) })),
});
const outputs = z.object({ clusters: z.record(z.string(), z.object({ ingressAddress: z.string().optional() })) });

export class Trial {
    /** Settings of the example. */
    public readonly example: Settings;
    private readonly checkout = new Checkout();

    /** @param example Its stack file, relative to the repository. */
    public constructor(example: string) {
        this.example = configuration(example);
    }

    /** Writes a stack of the example, with other clusters of the mesh. @param shared What these share, if not all. */
    public write(stack: string, clusters: Json, changes: Settings = {}, shared: Settings = {}): void {
        const settings = { ...this.example, ...changes, mesh: { id: "usmesh", clusters, ...shared } };
        const config = Object.entries(settings).map(([key, value]) => [`istio-multicluster:${key}`, value] as const);
        this.checkout.write(`Pulumi.${stack}.yaml`, stringify({ config: Object.fromEntries(config) }));
    }

    /** Copies the stack file of an example, as its README says. @returns Name of the stack. */
    public copy(example: string): string {
        const file = `Pulumi.${example}.yaml`;
        this.checkout.write(file, this.checkout.read(path.join("examples", example, file)));
        return example;
    }

    /** Runs a command that must succeed. */
    public async mesh(...args: string[]): Promise<Ended> {
        const ended = await this.checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-4000)).to.equal(0);
        return ended;
    }

    /** Runs a command that must be refused before anything changes. @returns What it says. */
    public async refused(...args: string[]): Promise<string> {
        const ended = await this.checkout.mesh(...args);
        expect(ended.exitCode, ended.all.slice(-4000)).to.equal(2);
        return ended.all;
    }

    /** Results of the whole proof, but for those that passed. @param count How many checks there are. */
    public async unproved(stack: string, count = CHECKS): Promise<string[]> {
        const { stdout } = await this.checkout.mesh("verify", stack, "--probe", "--output", "json");
        const { checks } = proof.parse(JSON.parse(stdout));
        const broken = checks.filter(({ result }) => result === "fail" || result === "error");
        expect(broken, JSON.stringify(broken)).to.deep.equal([]);
        expect(checks).to.have.length(count);
        return checks.filter(({ result }) => result !== "pass").map(({ id, result }) => `${id}: ${result}`);
    }

    /** What the proof says of who may call, and of each check; the causes that it names by themselves. */
    public async judged(stack: string, ...options: string[]) {
        const { stdout } = await this.checkout.mesh("verify", stack, "--output", "json", ...options);
        const { checks, calls } = proof.parse(JSON.parse(stdout));
        const causes = Object.fromEntries(checks.flatMap(({ id, cause }) => (cause ? [[id, cause]] : [])));
        return { calls, causes, results: Object.fromEntries(checks.map((check) => [check.id, check])) };
    }

    /**
     * The same after another istiod has taken over a cluster: the former one may hold its lease for half a minute, in which new
     * namespaces get no root, and a kubelet waits longer each time that it does not find it.
     */
    public unprovedAtLast(stack: string): Promise<string[]> {
        return waitFor("the proof", 180, () => this.unproved(stack));
    }

    /** How many resources an `up` of what is up already changes. */
    public async changed(stack: string): Promise<number> {
        const { stdout } = await this.mesh("up", stack, "--output", "json");
        const runs = counts.parse(JSON.parse(stdout)).stacks.flatMap((each) => each.runs);
        expect(runs).to.have.length(1);
        const { create = 0, update = 0, replace = 0, delete: gone = 0 } = runs[0]?.counts ?? {};
        return create + update + replace + gone;
    }

    /** How many requests a client of west's ingress loses meanwhile. @param what In the words of docs/under-load.md. */
    public async lostDuring(stack: string, what: string, work: () => Promise<unknown>): Promise<number> {
        const { clusters } = outputs.parse(JSON.parse((await this.mesh("outputs", stack)).stdout));
        const url = `http://${clusters["west"]?.ingressAddress ?? ""}/api/catalog`;
        const seen = await underLoad({ url, host: HOST }, what, work);
        expect(seen.requests).to.be.greaterThan(200);
        return seen.lost;
    }

    /** Folder of the local clusters. */
    public get home(): string {
        return this.checkout.home;
    }

    public kubeconfig(cluster: string): string {
        return path.join(this.home, "kubeconfigs", `${cluster}.yaml`);
    }

    public client(cluster: string): KubeConfig {
        const config = new KubeConfig();
        config.loadFromFile(this.kubeconfig(cluster));
        return config;
    }

    /** `address:port` of what the proxy of an app has for a service. @throws where no pod of the app has a proxy. */
    public async endpoints(
        cluster: string,
        client: { readonly namespace: string; readonly app: string },
        service: ServicePort,
    ): Promise<string[]> {
        const way = { name: cluster, kubeconfig: readFileSync(this.kubeconfig(cluster), "utf8") };
        const view = new KubernetesView(library, way, AbortSignal.timeout(20_000));
        const found = await endpointsInProxy(view, client, service);
        if (found === undefined) throw new Error(`no pod of ${client.app} has a ready proxy`);
        return found.endpoints.map(({ address, port }) => `${address}:${port}`);
    }

    /** Makes new pods of the app and the gateway of a cluster, which get new certificates. */
    public async restart(cluster: string): Promise<void> {
        const core = this.client(cluster).makeApiClient(CoreV1Api);
        const labelSelector = "app in (catalog, istio-eastwestgateway)";
        const namespaces = ["istioinaction", "istio-system"];
        for (const namespace of namespaces) await core.deleteCollectionNamespacedPod({ namespace, labelSelector });
        await waitFor(`new pods in ${cluster}`, 90, async () => {
            const lists = await Promise.all(
                namespaces.map((namespace) => core.listNamespacedPod({ namespace, labelSelector })),
            );
            const pods = lists.flatMap(({ items }) => items);
            const waiting = pods.filter((pod) => pod.metadata?.deletionTimestamp !== undefined || !isReady(pod));
            if (waiting.length > 0) throw new Error(waiting.map(({ metadata }) => metadata?.name).join(", "));
        });
    }

    /** Deletes the clusters, whatever a test has left in them. */
    public async end(): Promise<void> {
        await this.checkout.mesh("clusters", "delete");
        this.checkout.remove();
    }
}

/** Who answers the clients of a cluster, looked at again and again. */
import type { V1Pod } from "@kubernetes/client-node";
import type { MeshView, ObservedCluster } from "../observe";
import { readyProxies } from "../observe/envoy";
import { qualifiedName } from "../observe/objects";
import { type Addresses, addressesFor, callsBetween, type Count, countOf, podsFor } from "../traffic";

export class Answering {
    private pods: readonly V1Pod[] = [];
    private addresses: Addresses = { gateways: new Map(), pods: new Map() };
    private before: readonly Count[] = [];

    /** @param service `name.namespace` */
    public constructor(
        private readonly view: MeshView,
        private readonly client: ObservedCluster,
        private readonly service: string,
    ) {}

    /** Begins with all proxies of the cluster. */
    public async begin(): Promise<void> {
        this.addresses = await addressesFor(this.view, this.client);
        this.pods = await readyProxies(this.client.kubernetes);
        this.before = await this.count();
    }

    /** From now on, only proxies that have called the service since the beginning. */
    public async narrow(): Promise<void> {
        const now = await this.count();
        const callers = now.filter(({ pod, endpoint, asked }) => {
            const then = this.before.find((count) => count.pod === pod && count.endpoint === endpoint);
            return asked > (then?.asked ?? 0);
        });
        this.pods = this.pods.filter((pod) => callers.some((caller) => caller.pod === qualifiedName(pod)));
        this.before = now;
    }

    /** Short names of the clusters that have answered since the last look at this. */
    public async since(): Promise<string[]> {
        const now = await this.count();
        // Pods that have begun meanwhile have addresses of their own.
        this.addresses = { ...this.addresses, pods: await podsFor(this.view, this.client) };
        const calls = callsBetween(this.client.declared.name, this.addresses, this.before, now);
        this.before = now;
        const answered = calls.filter(({ requests, failed }) => requests > failed);
        return [...new Set(answered.flatMap(({ to }) => to ?? []))].sort();
    }

    private async count(): Promise<Count[]> {
        const counts = await countOf(this.client, this.pods);
        return counts.filter(({ service }) => service === this.service);
    }
}

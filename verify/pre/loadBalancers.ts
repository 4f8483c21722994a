import { defineCheck } from "../check";
import { inEachCluster } from "../observe";
import { addressesOf, qualifiedName } from "../observe/objects";

export interface LoadBalancers {
    readonly cluster: string;
    /** `namespace/name` of Services of type LoadBalancer, by whether they have an address. */
    readonly served: readonly string[];
    readonly waiting: readonly string[];
    /** Provider of the nodes, e.g. `aws`; undefined where none has set it. */
    readonly provider: string | undefined;
}

export const loadBalancers = defineCheck<readonly LoadBalancers[]>({
    id: "load-balancers",
    group: "gateways",
    proves: "No cluster leaves a Service of type LoadBalancer without an address",
    observe: (view) =>
        inEachCluster(view, async (kubernetes) => {
            const [services, nodes] = await Promise.all([kubernetes.services(), kubernetes.nodes()]);
            const wanted = services.filter(({ spec }) => spec?.type === "LoadBalancer");
            const names = (served: boolean): string[] =>
                wanted.filter((service) => addressesOf(service).length > 0 === served).map(qualifiedName);
            const provider = nodes
                .map(({ spec }) => spec?.providerID?.split(":")[0])
                .find((name) => name !== undefined);
            return { served: names(true), waiting: names(false), provider };
        }),
    judge: (clusters) =>
        clusters.map(({ cluster, served, waiting, provider }) => {
            const count = served.length + waiting.length;
            const nothing = `no Service of type LoadBalancer yet, so it only shows with the up${provider === undefined ? "" : `; nodes of ${provider}`}`;
            const seen = `${cluster}: ${count === 0 ? nothing : `${served.length} of ${count} Services have an address`}`;
            return waiting.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `Nothing in ${cluster} assigns addresses to load balancers, or none are left: ${waiting.join(", ")} waits.`,
                      fix: `Install a load balancer in ${cluster}, such as MetalLB, or give its pool more addresses.`,
                  };
        }),
});

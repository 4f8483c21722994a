import ipaddr from "ipaddr.js";
import { z } from "zod";
import { defineCheck } from "../check";
import { peersOf } from "../mesh";
import { inEachCluster } from "../observe";

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/service-cidr-v1/ */
const serviceCidr = z.object({ spec: z.object({ cidrs: z.array(z.string()) }) });

export interface Cidrs {
    readonly cluster: string;
    /** Of its pods and Services: what its nodes route to themselves. */
    readonly own: readonly string[];
    /** Host of its API server, as peers will reach it. */
    readonly host: string;
}

export const cidrs = defineCheck<readonly Cidrs[]>({
    id: "cidrs",
    group: "clusters",
    proves: "No cluster has a peer's API server among the addresses of its own pods and Services",
    skip: ({ clusters }) => (clusters.length < 2 ? "one cluster has no peers" : undefined),
    observe: (view) =>
        inEachCluster(view, async (kubernetes, { apiServer }) => {
            const [nodes, services] = await Promise.all([
                kubernetes.nodes(),
                kubernetes.objects("networking.k8s.io", "v1", "servicecidrs", serviceCidr),
            ]);
            const pods = nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []);
            return {
                own: [...new Set([...pods, ...services.flatMap(({ spec }) => spec.cidrs)])],
                host: new URL(apiServer ?? kubernetes.server).hostname.replace(/^\[|\]$/g, ""),
            };
        }),
    judge: (all, mesh) =>
        all.map(({ cluster, own }) => {
            const peers = peersOf(mesh, cluster).flatMap(({ name }) => all.filter((other) => other.cluster === name));
            const seen = `${cluster}: ${own.join(", ") || "unknown"}; peers at ${peers.map(({ host }) => host).join(", ") || "none"}`;
            const hidden = peers.filter(({ host }) => own.some((cidr) => contains(cidr, host)));
            return hidden.length === 0
                ? { seen }
                : {
                      seen,
                      cause: `${cluster} takes the address of ${hidden.map((peer) => `${peer.cluster} (${peer.host})`).join(", ")} for one of its own pods or Services, so it never reaches that cluster.`,
                      fix: `Give one of the clusters other CIDRs, or set apiServer to another address.`,
                  };
        }),
});

/** A host name is in no CIDR that can be known here. */
function contains(cidr: string, host: string): boolean {
    if (!ipaddr.isValid(host) || !ipaddr.isValidCIDR(cidr)) {
        return false;
    }
    const [range, bits] = ipaddr.parseCIDR(cidr);
    const address = ipaddr.process(host);
    return address.kind() === range.kind() && address.match(range, bits);
}

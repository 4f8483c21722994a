import ipaddr from "ipaddr.js";
import { z } from "zod";
import { defineCheck } from "../check";
import { type Mesh, onNetworkOf, peersOf } from "../mesh";
import { inEachCluster } from "../observe";
import { overlaps } from "../../shared/cidrs";

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/service-cidr-v1/ */
const serviceCidr = z.object({ spec: z.object({ cidrs: z.array(z.string()) }) });

export interface Cidrs {
    readonly cluster: string;
    /** Of its pods and Services: what its nodes route to themselves. */
    readonly own: readonly string[];
    /** Of its pods alone. */
    readonly pods: readonly string[];
    /** Host of its API server, as peers will reach it. */
    readonly host: string;
}

export const cidrs = defineCheck<readonly Cidrs[]>({
    id: "cidrs",
    group: "clusters",
    proves: "No cluster has a peer's API server among the addresses of its own pods and Services, and clusters on one network have different ones for pods",
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
                pods: [...new Set(pods)],
                host: new URL(apiServer ?? kubernetes.server).hostname.replace(/^\[|\]$/g, ""),
            };
        }),
    judge: (all, mesh) =>
        all.map(({ cluster, own, pods }) => {
            const peers = peersOf(mesh, cluster).flatMap(({ name }) => all.filter((other) => other.cluster === name));
            const seen = `${cluster}: ${own.join(", ") || "unknown"}; peers at ${peers.map(({ host }) => host).join(", ") || "none"}`;
            const twins = sharing(mesh, cluster, all).filter((other) =>
                other.pods.some((one) => pods.some((cidr) => overlaps(one, cidr))),
            );
            if (twins.length > 0) {
                return {
                    seen,
                    cause: `${cluster} is declared on one network with ${twins.map((twin) => twin.cluster).join(", ")}, and their pods have addresses of the same CIDR: requests for one would reach the other.`,
                    fix: `Declare a network for each, or make one of them anew with other pod addresses.`,
                };
            }
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

/** Those that are declared on a cluster's network. Before an `up`, one that nobody declares has no network yet. */
function sharing(mesh: Mesh, cluster: string, all: readonly Cidrs[]): Cidrs[] {
    const near = onNetworkOf(mesh, cluster).filter(({ name, network }) => name !== cluster && network !== "");
    return all.filter((other) => near.some(({ name }) => name === other.cluster));
}

/** A host name is in no CIDR that can be known here. */
function contains(cidr: string, host: string): boolean {
    if (!ipaddr.isValid(host) || !ipaddr.isValidCIDR(cidr)) {
        return false;
    }
    const [range, bits] = ipaddr.parseCIDR(cidr);
    const address = ipaddr.process(host);
    return address.kind() === range.kind() && address.match(range, bits);
}

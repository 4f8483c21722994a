import type { StackFacts } from "../../../hosts/interface/stackFacts";
import type { Topology } from "../../../shared/topology";

export const MESH: Topology = {
    id: "usmesh",
    trustDomain: "cluster.local",
    rootStack: "root",
    clusters: [],
    denyByDefault: false,
};

/** What a stack's files say: one that owns nothing, with `own` in place of that. */
export function facts(own: Partial<StackFacts>): StackFacts {
    return {
        exists: true,
        foreign: [],
        istio: { key: "p:istio", value: {} },
        usesLocalCharts: true,
        withLoadBalancer: [],
        clusters: [],
        sources: {},
        peers: [],
        ownsRoot: false,
        givenIntermediates: { key: "p:givenIntermediates" },
        rotated: { roots: { key: "p:roots", value: [1] }, readerTokens: { key: "p:readerTokens", value: [1] } },
        topology: [],
        mesh: MESH,
        ...own,
    };
}

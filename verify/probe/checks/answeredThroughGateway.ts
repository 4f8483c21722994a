import { askFor, defineProbeCheck, pairs } from "../check";
import { upstreamOf } from "../../observe/envoyAnswers";
import { serverService } from "../manifests";
import { serverAnswerOf } from "../outcomes";
import { servicePort, throughSidecar } from "../requests";

export interface Route {
    readonly from: string;
    readonly to: string;
    /** `address:port` of every gateway of `to`. */
    readonly gateways: readonly string[];
    /** What the client's proxy sends requests for `to` to. */
    readonly endpoints: readonly { readonly endpoint: string; readonly answered: number }[];
    /** Whether a request just now was answered by `to`. */
    readonly answered: boolean;
}

export const answeredThroughGateway = defineProbeCheck<readonly Route[]>({
    id: "answered-through-gateway",
    group: "data plane",
    proves: "What only another cluster runs is answered through its east-west gateway, and by no other path",
    observe: async (probe) => {
        const asked = await askFor(pairs(probe), "client", ({ to }) =>
            throughSidecar(probe, serverService(probe, to.name)),
        );
        // Read after the answers, so that they are counted.
        const upstreams = new Map(
            await Promise.all(probe.sites.map(async (site) => [site, await site.upstreams("client")] as const)),
        );
        return Promise.all(
            asked.map(async ({ from, to, outcome }) => {
                const service = serverService(probe, to.name);
                const known = upstreamOf(upstreams.get(from) ?? [], servicePort(probe, service));
                return {
                    from: from.name,
                    to: to.name,
                    gateways: await to.dialledBy(from),
                    endpoints: (known?.endpoints ?? []).map(({ address, port, answered }) => ({
                        endpoint: `${address}:${port}`,
                        answered,
                    })),
                    answered: serverAnswerOf(outcome)?.cluster === to.name,
                };
            }),
        );
    },
    judge: (routes) =>
        routes.map(({ from, to, gateways, endpoints, answered }) => {
            const known = endpoints.map((upstream) => `${upstream.endpoint} (${upstream.answered} answers)`);
            const seen = `${from} → ${to}: ${known.join(", ") || "no endpoint"}`;
            const strangers = endpoints.filter(({ endpoint }) => !gateways.includes(endpoint));
            if (gateways.length === 0) {
                return {
                    seen,
                    cause: `The east-west gateway of ${to} has no address.`,
                    fix: `\`kubectl -n istio-system get service istio-eastwestgateway\` in ${to}.`,
                };
            }
            if (strangers.length > 0) {
                return {
                    seen: `${seen}; gateways of ${to}: ${gateways.join(", ")}`,
                    cause: `The proxy in ${from} sends requests for ${to} to an address that is not a gateway of that cluster.`,
                    fix: `Compare topology.istio.io/network of istio-system, of the gateway's Service and global.network in ${from} and ${to}.`,
                };
            }
            return answered && endpoints.some((upstream) => upstream.answered > 0)
                ? { seen }
                : {
                      seen: `${seen}; ${answered ? "answered by another path" : "no answer"}`,
                      cause: `No answer of ${to} came to ${from} through a gateway of ${to}.`,
                      fix: "See reachability-matrix for what was returned instead.",
                  };
        }),
});

import { askFor, defineProbeCheck, isNear, pairs } from "../check";
import { upstreamOf } from "../../observe/envoyAnswers";
import { INBOUND_PORT, serverService } from "../manifests";
import { serverAnswerOf } from "../outcomes";
import { servicePort, throughSidecar } from "../requests";

export interface Route {
    readonly from: string;
    readonly to: string;
    /** `address:port` of every gateway of `to`, or of its server where both are on one network. */
    readonly ways: readonly string[];
    /** What the client's proxy sends requests for `to` to. */
    readonly endpoints: readonly { readonly endpoint: string; readonly answered: number }[];
    /** Whether a request just now was answered by `to`. */
    readonly answered: boolean;
}

export const answeredThroughGateway = defineProbeCheck<readonly Route[]>({
    id: "answered-through-gateway",
    group: "data plane",
    proves: "What only another cluster runs is answered through its east-west gateway, or by its pod on the same network, and by no other path",
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
                    ways: isNear({ from, to })
                        ? [`${await to.addressOf("server")}:${INBOUND_PORT}`]
                        : await to.dialledBy(from, probe.sites),
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
        routes.map(({ from, to, ways, endpoints, answered }) => {
            const known = endpoints.map((upstream) => `${upstream.endpoint} (${upstream.answered} answers)`);
            const seen = `${from} → ${to}: ${known.join(", ") || "no endpoint"}`;
            const strangers = endpoints.filter(({ endpoint }) => !ways.includes(endpoint));
            if (ways.length === 0) {
                return {
                    seen,
                    cause: `The east-west gateway of ${to} has no address.`,
                    fix: `\`kubectl -n istio-system get service istio-eastwestgateway\` in ${to}.`,
                };
            }
            if (strangers.length > 0) {
                return {
                    seen: `${seen}; ways to ${to}: ${ways.join(", ")}`,
                    cause: `The proxy in ${from} sends requests for ${to} to an address that is neither a gateway of that cluster nor, on the same network, its pod.`,
                    fix: `Compare topology.istio.io/network of istio-system, of the gateway's Service and global.network in ${from} and ${to}.`,
                };
            }
            return answered && endpoints.some((upstream) => upstream.answered > 0)
                ? { seen }
                : {
                      seen: `${seen}; ${answered ? "answered by another path" : "no answer"}`,
                      cause: `No answer of ${to} came to ${from} through ${ways.join(", ")}.`,
                      fix: "See reachability-matrix for what was returned instead.",
                  };
        }),
});

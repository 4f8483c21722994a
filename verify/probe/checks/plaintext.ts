import type { Outcome } from "../pods/protocol";
import type { GatewayAddress } from "../../mesh";
import { askFor, byGateway, crossings, defineProbeCheck, isNear, pairs } from "../check";
import { INBOUND_PORT, SERVICE_PORT, serverService, STRICT_ROLE } from "../manifests";
import { describeOutcome } from "../outcomes";

export interface PlaintextAttempt {
    readonly from: string;
    readonly to: string;
    /** What was dialled: a gateway, or on one network a pod that demands mutual TLS. */
    readonly what: "gateway" | "pod";
    /** Absent when `to` has no gateway yet; then there is no outcome. */
    readonly at?: GatewayAddress;
    readonly outcome?: Outcome;
}

export const plaintext = defineProbeCheck<readonly PlaintextAttempt[]>({
    id: "plaintext-refused",
    group: "data plane",
    proves: "An east-west gateway forwards nothing but TLS, and on one network a pod that demands it takes nothing else",
    skip: (probe) => (pairs(probe).length === 0 ? "no cluster discovers another one" : undefined),
    observe: async (probe) => {
        const { dialled, missing } = byGateway(crossings(probe));
        const near = pairs(probe)
            .filter(isNear)
            .map(async (pair) => ({
                ...pair,
                at: { address: await pair.to.addressOf(STRICT_ROLE), port: INBOUND_PORT },
            }));
        const asked = [
            ...dialled.map(({ gateway: at, ...pair }) => ({ ...pair, at, what: "gateway" as const })),
            ...(await Promise.all(near)).map((pair) => ({ ...pair, what: "pod" as const })),
        ];
        const attempts = await askFor(asked, "outsider", ({ to, at }) => {
            const host = `${serverService(probe, to.name)}.${probe.namespace}:${SERVICE_PORT}`;
            return { ...at, send: `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n` };
        });
        return [
            ...missing.map((pair) => ({ ...pair, what: "gateway" as const })),
            ...attempts.map(({ from, to, ...rest }) => ({ ...rest, from: from.name, to: to.name })),
        ];
    },
    judge: (attempts) =>
        attempts.map(({ from, to, what, at, outcome }) => {
            if (at === undefined || outcome === undefined) {
                return { seen: `${from} → ${to}: no gateway`, ...withoutGateway(to) };
            }
            const seen = `${from} → ${at.address}:${at.port} of ${to}: ${describeOutcome(outcome)}`;
            if ("failure" in outcome) {
                return { seen, ...(what === "pod" ? unreachablePod(from, to) : unreachableGateway(from, to)) };
            }
            const answered = "status" in outcome || outcome.received !== "";
            if (what === "pod" && (answered || outcome.ended === "silent")) {
                return {
                    seen,
                    cause: `A pod of ${to} answers plaintext from ${from}, although a PeerAuthentication for it demands mutual TLS.`,
                    fix: `Look for another PeerAuthentication in ${to} that selects more closely, and for an EnvoyFilter; istiod has to have sent it (proxies-synced).`,
                };
            }
            if (answered || outcome.ended === "silent") {
                return {
                    seen,
                    cause: `The gateway of ${to} accepts plaintext on port ${at.port}.`,
                    fix: `Its Gateway must have protocol TLS and mode AUTO_PASSTHROUGH on that port; look for other Gateways and for an EnvoyFilter.`,
                };
            }
            return { seen };
        }),
});

export function withoutGateway(to: string): { cause: string; fix: string } {
    return {
        cause: `The east-west gateway of ${to} has no address.`,
        fix: `\`kubectl -n istio-system get service istio-eastwestgateway\` in ${to}.`,
    };
}

function unreachablePod(from: string, to: string): { cause: string; fix: string } {
    return {
        cause: `Pods of ${from} cannot open a connection to a pod of ${to}, so it refused nothing: they are not on one network.`,
        fix: `Add routes between the pods of ${from} and ${to} and let them through firewalls, or declare a network for each.`,
    };
}

export function unreachableGateway(from: string, to: string): { cause: string; fix: string } {
    return {
        cause: `Pods of ${from} cannot open a connection to the gateway of ${to}, so it refused nothing.`,
        fix: `Does the Gateway cross-network-gateway of ${to} exist, do its pods run, and does the network of ${from} let its nodes dial it?`,
    };
}

import type { Outcome } from "../pods/protocol";
import type { GatewayAddress } from "../../mesh";
import { askFor, byGateway, crossings, defineProbeCheck, withoutCrossings } from "../check";
import { SERVICE_PORT, serverService } from "../manifests";
import { describeOutcome } from "../outcomes";

export interface PlaintextAttempt {
    readonly from: string;
    readonly to: string;
    /** Absent when `to` has no gateway yet; then there is no outcome. */
    readonly gateway?: GatewayAddress;
    readonly outcome?: Outcome;
}

export const plaintext = defineProbeCheck<readonly PlaintextAttempt[]>({
    id: "plaintext-refused",
    group: "data plane",
    proves: "An east-west gateway forwards nothing but TLS",
    skip: withoutCrossings,
    observe: async (probe) => {
        const { dialled, missing } = byGateway(crossings(probe));
        const attempts = await askFor(dialled, "outsider", ({ to, gateway }) => {
            const host = `${serverService(probe, to.name)}.${probe.namespace}:${SERVICE_PORT}`;
            return { ...gateway, send: `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n` };
        });
        return [...missing, ...attempts.map(({ from, to, ...rest }) => ({ ...rest, from: from.name, to: to.name }))];
    },
    judge: (attempts) =>
        attempts.map(({ from, to, gateway, outcome }) => {
            if (gateway === undefined || outcome === undefined) {
                return { seen: `${from} → ${to}: no gateway`, ...withoutGateway(to) };
            }
            const seen = `${from} → ${gateway.address}:${gateway.port} of ${to}: ${describeOutcome(outcome)}`;
            if ("failure" in outcome) {
                return { seen, ...unreachableGateway(from, to) };
            }
            const answered = "status" in outcome || outcome.received !== "";
            if (answered || outcome.ended === "silent") {
                return {
                    seen,
                    cause: `The gateway of ${to} accepts plaintext on port ${gateway.port}.`,
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

export function unreachableGateway(from: string, to: string): { cause: string; fix: string } {
    return {
        cause: `Pods of ${from} cannot open a connection to the gateway of ${to}, so it refused nothing.`,
        fix: `Does the Gateway cross-network-gateway of ${to} exist, do its pods run, and does the network of ${from} let its nodes dial it?`,
    };
}

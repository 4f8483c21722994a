import type { Outcome } from "../pods/protocol";
import { statusUrl } from "../../checks/gateways/gatewayAnswers";
import { askFor, byGateway, defineProbeCheck, pairs } from "../check";
import { describeOutcome } from "../outcomes";
import { withoutGateway } from "./plaintext";

export interface StatusAttempt {
    readonly from: string;
    readonly to: string;
    /** Absent when `to` has no gateway yet. */
    readonly outcome?: Outcome;
}

export const gatewayAnswersPeers = defineProbeCheck<readonly StatusAttempt[]>({
    id: "gateway-answers-peers",
    group: "gateways",
    proves: "Pods of each cluster reach the east-west gateways of the clusters that it discovers, and these are ready",
    observe: async (probe) => {
        const { dialled, missing } = byGateway(pairs(probe));
        const asked = await askFor(dialled, "outsider", ({ gateway }) => ({ url: statusUrl(gateway) }));
        return [...missing, ...asked.map(({ from, to, outcome }) => ({ from: from.name, to: to.name, outcome }))];
    },
    judge: (attempts) =>
        attempts.map(({ from, to, outcome }) => {
            if (outcome === undefined) {
                return { seen: `${from} → ${to}: no gateway`, ...withoutGateway(to) };
            }
            const seen = `${from} → gateway of ${to}: ${describeOutcome(outcome)}`;
            if ("status" in outcome) {
                return outcome.status === 200
                    ? { seen }
                    : {
                          seen,
                          cause: `The gateway of ${to} is not ready.`,
                          fix: `\`kubectl -n istio-system get pods -l istio=eastwestgateway\` in ${to}.`,
                      };
            }
            return {
                seen,
                cause: `Pods of ${from} cannot reach the address of the gateway of ${to}: a firewall blocks it, a route between the networks is missing, or no pod is behind it. The mesh is not the cause.`,
                fix: `From a node of ${from}, try port 15021 and 15443 of that address; then check the load balancer and the security groups of ${to}.`,
            };
        }),
});

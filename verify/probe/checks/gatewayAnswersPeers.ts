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
    proves: "The east-west gateway of each cluster answers pods of every cluster that discovers it that it is ready",
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
                cause: `Pods of ${from} do not reach the address of the gateway of ${to}: a firewall or a route between the networks is in the way, or no pod is behind it. It is not the mesh.`,
                fix: `From a node of ${from}, try port 15021 and 15443 of that address; then look at the load balancer and the security groups of ${to}.`,
            };
        }),
});

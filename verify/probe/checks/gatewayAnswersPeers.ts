import type { Action, Outcome } from "../pods/protocol";
import { statusUrl } from "../../checks/gateways/gatewayAnswers";
import type { GatewayAddress } from "../../mesh";
import { askFor, byGateway, crossings, defineProbeCheck, withoutCrossings } from "../check";
import { describeOutcome } from "../outcomes";
import type { ProbeSite } from "../site";
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
    skip: withoutCrossings,
    observe: async (probe) => {
        const { dialled, missing } = byGateway(crossings(probe));
        const status = new Map(
            await Promise.all(probe.sites.map(async (site) => [site, await statusPorts(site)] as const)),
        );
        const asked = await askFor(dialled, "outsider", ({ to, gateway }) =>
            statusOf(gateway, status.get(to)?.get(gateway.address)),
        );
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
                          fix: `\`kubectl get pods\` of the gateway in ${to}.`,
                      };
            }
            // Where the gateway shows no status, that it takes the connection is enough.
            return "failure" in outcome
                ? {
                      seen,
                      cause: `Pods of ${from} cannot reach the address of the gateway of ${to}: a firewall blocks it, a route between the networks is missing, or no pod is behind it. The mesh is not the cause.`,
                      fix: `From a node of ${from}, try port 15021 and 15443 of that address; then check the load balancer and the security groups of ${to}.`,
                  }
                : { seen };
        }),
});

/** The gateways of a cluster by address, with the port at which they show their status; undefined where they show none. */
async function statusPorts(site: ProbeSite): Promise<Map<string, number | undefined>> {
    const gateways = await site.gateways();
    return new Map(
        gateways.flatMap(({ dials, statusPort }) => dials.map(({ address }) => [address, statusPort] as const)),
    );
}

function statusOf(gateway: GatewayAddress, port: number | undefined): Action {
    return port === undefined ? { ...gateway, send: "\n" } : { url: statusUrl(gateway, port) };
}

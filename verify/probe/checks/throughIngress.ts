import { isIPv6 } from "node:net";
import { act } from "../pods/actions";
import type { Outcome } from "../pods/protocol";
import { defineProbeCheck, targets } from "../check";
import { ingressHost, serverService } from "../manifests";
import { describeOutcome, serverAnswerOf } from "../outcomes";

export interface IngressAttempt {
    /** Cluster of the ingress. */
    readonly through: string;
    readonly to: string;
    readonly outcome: Outcome;
}

export const throughIngress = defineProbeCheck<readonly IngressAttempt[]>({
    id: "reachability-through-ingress",
    group: "data plane",
    proves: "Every ingress leads to a server in every cluster that its own discovers, with mutual TLS from there on",
    skip: ({ sites }) =>
        sites.every(({ declared }) => declared.ingressAddress === undefined) ? "no cluster has an ingress" : undefined,
    observe: async (probe) => {
        const { namespace, sites } = probe;
        const rows = sites.map(async (site) => {
            const through = site.name;
            const address = site.declared.ingressAddress;
            if (address === undefined) {
                return [];
            }
            const base = `http://${isIPv6(address) ? `[${address}]` : address}`;
            const host = ingressHost(namespace);
            const clusters = targets(probe, site).map(({ name }) => name);
            const outcomes = await act(clusters.map((to) => ({ url: `${base}/${serverService(probe, to)}`, host })));
            return outcomes.map((outcome, index) => ({ through, to: clusters[index] ?? "", outcome }));
        });
        return (await Promise.all(rows)).flat();
    },
    judge: (attempts) =>
        attempts.map(({ through, to, outcome }) => {
            const answer = serverAnswerOf(outcome);
            if (answer === undefined) {
                return {
                    seen: `ingress of ${through} → ${to}: ${describeOutcome(outcome)}`,
                    ...noAnswer(through, to, outcome),
                };
            }
            const seen = `ingress of ${through} → ${to}: answered by ${answer.cluster}, to ${answer.peer || "nobody it knows"}`;
            return answer.cluster === to && answer.peer.startsWith("spiffe://")
                ? { seen }
                : {
                      seen,
                      cause: `The request did not reach ${to}, or not with mutual TLS.`,
                      fix: `See reachability-matrix; look for a PeerAuthentication or a DestinationRule with mode DISABLE in ${through} and ${to}.`,
                  };
        }),
});

function noAnswer(through: string, to: string, outcome: Outcome): { cause: string; fix: string } {
    if ("failure" in outcome) {
        return {
            cause: `The ingress of ${through} cannot be reached from here on port 80.`,
            fix: `Check the pods and the load-balancer address of the ingress gateway in ${through}.`,
        };
    }
    return "status" in outcome && outcome.status === 404
        ? {
              cause: `The ingress of ${through} has not accepted the probe's route.`,
              fix: `Do its pods have the label istio=ingressgateway? \`istioctl proxy-status\` shows whether they are up to date.`,
          }
        : {
              cause: `The ingress of ${through} gets no answer from the server of ${to}.`,
              fix: "See reachability-matrix.",
          };
}

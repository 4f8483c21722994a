import type { Outcome } from "../pods/protocol";
import { askFor, defineProbeCheck, pairs } from "../check";
import { serverService } from "../manifests";
import { describeOutcome } from "../outcomes";
import { direct } from "../requests";

export interface DirectAttempt {
    readonly from: string;
    readonly to: string;
    readonly service: string;
    readonly outcome: Outcome;
}

export const withoutSidecar = defineProbeCheck<readonly DirectAttempt[]>({
    id: "without-sidecar-refused",
    group: "data plane",
    proves: "A client without a sidecar does not reach another cluster's service",
    observe: async (probe) => {
        const attempts = await askFor(pairs(probe), "outsider", ({ to }) =>
            direct(probe, serverService(probe, to.name)),
        );
        return attempts.map(({ from, to, outcome }) => {
            const service = `${serverService(probe, to.name)}.${probe.namespace}`;
            return { from: from.name, to: to.name, service, outcome };
        });
    },
    judge: (attempts) =>
        attempts.map(({ from, to, service, outcome }) => {
            const seen = `${from} → ${to}: ${describeOutcome(outcome)}`;
            if (!("failure" in outcome)) {
                return {
                    seen,
                    cause: `A pod of ${from} without a sidecar gets an answer for ${service}, which only ${to} runs: something other than the mesh connects the clusters.`,
                    fix: `Find what answers in ${from}: a Service of another mesh, or endpoints that were written by hand.`,
                };
            }
            return /^(ENOTFOUND|EAI_AGAIN)$/.test(outcome.failure)
                ? {
                      seen,
                      cause: `${from} does not resolve ${service}, so nothing was refused.`,
                      fix: `See clusters-ready: does the DNS of ${from} run?`,
                  }
                : { seen };
        }),
});

import type { Outcome } from "../pods/protocol";
import { askFor, defineProbeCheck, reachable } from "../check";
import { serverService } from "../manifests";
import { describeOutcome } from "../outcomes";
import { throughSidecar } from "../requests";

export interface ForbiddenAttempt {
    readonly from: string;
    readonly to: string;
    readonly outcome: Outcome;
}

export const forbiddenIdentity = defineProbeCheck<readonly ForbiddenAttempt[]>({
    id: "forbidden-identity-refused",
    group: "policy",
    proves: "An AuthorizationPolicy refuses an identity from every cluster",
    observe: async (probe) => {
        const attempts = await askFor(reachable(probe), "server", ({ to }) =>
            throughSidecar(probe, serverService(probe, to.name)),
        );
        return attempts.map(({ from, to, outcome }) => ({ from: from.name, to: to.name, outcome }));
    },
    judge: (attempts) =>
        attempts.map(({ from, to, outcome }) => {
            const seen = `${from} → ${to}: ${describeOutcome(outcome)}`;
            if ("status" in outcome && outcome.status === 403) {
                return { seen };
            }
            return "status" in outcome && outcome.status === 200
                ? {
                      seen,
                      cause: `${to} allows an identity of ${from} that a policy denies: it does not know the identity, since the request came without mutual TLS, or its sidecar has not received the policy.`,
                      fix: `Look for a PeerAuthentication with mode DISABLE in ${to}; \`istioctl proxy-status\` shows whether its sidecars are up to date.`,
                  }
                : {
                      seen,
                      cause: `The request of ${from} did not reach the server of ${to}, so its policy refused nothing.`,
                      fix: "See reachability-matrix.",
                  };
        }),
});

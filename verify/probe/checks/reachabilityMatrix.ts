import type { Outcome } from "../pods/protocol";
import type { Cell, Part } from "../../check";
import { causesOf, explain as explainRequest } from "../../explain";
import type { MeshView } from "../../observe";
import { askFor, defineProbeCheck, type Probe, reachable } from "../check";
import { SERVICE_PORT, serverService } from "../manifests";
import { describeOutcome, serverAnswerOf } from "../outcomes";
import { throughSidecar } from "../requests";

/** One request from a cluster's client to a cluster's server. */
export interface Attempt {
    readonly from: string;
    readonly to: string;
    /** What the end of the client's identity has to be: its namespace and account. */
    readonly account: string;
    readonly outcome: Outcome;
    /** Where the request ends, where it got no answer and that was seen. */
    readonly walked?: { readonly cause: string; readonly fix: string };
}

export const reachabilityMatrix = defineProbeCheck<readonly Attempt[]>({
    id: "reachability-matrix",
    group: "data plane",
    proves: "A client in every cluster reaches a server in every cluster that it discovers, with mutual TLS",
    observe: async (probe, view) => {
        const attempts = await askFor(reachable(probe), "client", ({ to }) =>
            throughSidecar(probe, serverService(probe, to.name)),
        );
        const account = `/ns/${probe.namespace}/sa/client`;
        return Promise.all(
            attempts.map(async ({ from, to, outcome }) => {
                const walked =
                    serverAnswerOf(outcome) === undefined ? await walk(probe, view, from.name, to.name) : undefined;
                return { from: from.name, to: to.name, account, outcome, ...(walked && { walked }) };
            }),
        );
    },
    judge: (attempts) => {
        const clients = [...new Set(attempts.map(({ from }) => from))];
        return clients.flatMap((client) => {
            const row = attempts.filter(({ from }) => from === client);
            const good = row.filter((attempt) => cellOf(attempt).result === "pass");
            const peers = [...new Set(good.map((attempt) => cellOf(attempt).peer ?? ""))].join(", ");
            const summary = `${client}: reached ${good.map(({ to }) => to).join(", ") || "nothing"}${peers && `, seen there as ${peers}`}`;
            return [{ seen: summary }, ...row.filter((attempt) => !good.includes(attempt)).map(explain)];
        });
    },
});

/** Follows a request that got no answer, hop by hop. */
function walk(probe: Probe, view: MeshView, from: string, to: string) {
    const { namespace } = probe;
    const asked = {
        ...{ cluster: from, client: { namespace, selector: "role=client" }, port: SERVICE_PORT, path: "/" },
        service: { namespace, name: serverService(probe, to), clusters: [to] },
    };
    return explainRequest(view, asked).then(causesOf, () => undefined);
}

export function cellOf({ from, to, account, outcome }: Attempt): Cell {
    const answer = serverAnswerOf(outcome);
    if (answer === undefined) {
        return { from, to, result: "fail", seen: describeOutcome(outcome) };
    }
    const { cluster, peer } = answer;
    const right = cluster === to && peer.startsWith("spiffe://") && peer.endsWith(account);
    return { from, to, result: right ? "pass" : "fail", answeredBy: cluster, ...(peer === "" ? {} : { peer }) };
}

function explain(attempt: Attempt): Part {
    const { from, to, outcome, walked } = attempt;
    const { answeredBy, peer } = cellOf(attempt);
    if (answeredBy === undefined) {
        return {
            seen: `${from} → ${to}: ${describeOutcome(outcome)}`,
            ...(walked ?? noAnswer(from, to, describeOutcome(outcome))),
        };
    }
    if (answeredBy !== to) {
        return {
            seen: `${from} → ${to}: answered by ${answeredBy}`,
            cause: `A request of ${from} for ${to} ends in ${answeredBy}: two clusters have the same name or network, or a gateway's address leads elsewhere.`,
            fix: `Compare global.multiCluster.clusterName and global.network of ${to} and ${answeredBy}; see gateway-endpoints.`,
        };
    }
    return {
        seen: `${from} → ${to}: the server saw ${peer ?? "no identity"}`,
        cause: `The request of ${from} reached ${to} without mutual TLS, or under another identity.`,
        fix: `Look for a PeerAuthentication or a DestinationRule with mode DISABLE in ${from} and ${to}.`,
    };
}

function noAnswer(from: string, to: string, seen: string): { cause: string; fix: string } {
    if (/CERTIFICATE_VERIFY_FAILED|TLS_error|SSL routines/i.test(seen)) {
        return {
            cause: `The sidecars of ${from} and ${to} do not trust each other's certificates.`,
            fix: "See common-root and own-intermediate.",
        };
    }
    if (/^403/.test(seen)) {
        return {
            cause: `An AuthorizationPolicy of the whole mesh in ${to} refuses the probe's client.`,
            fix: `\`kubectl -n istio-system get authorizationpolicies\` in ${to}: does it allow no namespace but those it names?`,
        };
    }
    if (/no healthy upstream/.test(seen)) {
        return {
            cause: `The proxy in ${from} has no endpoint of ${to}: ${from === to ? "mutual TLS is off" : "its istiod does not read that cluster, that cluster has no gateway, or mutual TLS is off"}.`,
            fix: `See peers-synced and gateway-endpoints; look for a PeerAuthentication with mode DISABLE in ${to}.`,
        };
    }
    return from === to
        ? {
              cause: `The client of ${from} cannot reach the server in its own cluster.`,
              fix: `Check the sidecars of ${from}: \`istioctl proxy-status\`.`,
          }
        : {
              cause: `The path from the client of ${from} to the server of ${to} is broken: that cluster's east-west gateway cannot be reached or does not forward the request, or mutual TLS is off there.`,
              fix: `Check the gateway of ${to} and its Gateway cross-network-gateway (port 15443, TLS AUTO_PASSTHROUGH, hosts *.local); look for a PeerAuthentication with mode DISABLE in ${to}.`,
          };
}

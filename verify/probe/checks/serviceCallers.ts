import type { ListedService } from "../../../shared/topology";
import { type CallCell, isAsListed, type Part } from "../../check";
import { knownIn, serviceHost } from "../../../components/internal/services";
import { dotted, membersOf } from "../../listed";
import { type Mesh, servingName } from "../../mesh";
import { askFor, crossings, defineProbeCheck, isNear, type Pair, type Probe, targets } from "../check";
import type { DialAction, Outcome } from "../pods/protocol";
import type { Account, Behind, ProbeSite } from "../site";
import { asSidecar } from "../requests";
import type { Issuer, WorkloadIdentity } from "../workloadIdentity";

/** Requests that one pod makes at a time. */
const ASKED_AT_A_TIME = 100;

/** A listed service that says who may call it, and how it is asked. */
interface Asked {
    readonly service: ListedService;
    readonly port: number;
}

/** One account of one cluster that calls one service in one cluster. */
export interface Call {
    /** `namespace/name` of the service account. */
    readonly account: string;
    readonly from: string;
    /** `name.namespace` */
    readonly service: string;
    readonly to: string;
    /** Whether the list lets it in. */
    readonly mayCall: boolean;
    readonly outcome: Outcome;
}

export const serviceCallers = defineProbeCheck<readonly Call[]>({
    id: "service-callers",
    group: "policy",
    proves: "A listed service lets in the accounts that its list names, from every cluster that may call it, and nobody else",
    observe: calls,
    judge: (all) => {
        const services = [...new Set(all.map(({ service }) => service))];
        return services.flatMap((service) => {
            const ofService = all.filter((call) => call.service === service);
            const right = ofService.filter((call) => isAsListed(callCellOf(call)));
            const named = (some: readonly Call[]): string =>
                [...new Set(some.map(({ account }) => account))].join(", ") || "nobody";
            const summary = `${service}: lets in ${named(right.filter(({ mayCall }) => mayCall))}; refuses ${named(right.filter(({ mayCall }) => !mayCall))}`;
            return [{ seen: summary }, ...ofService.filter((call) => !right.includes(call)).map(explain)];
        });
    },
});

/** Whether there is anything to ask. */
export function listsCallers({ services = [] }: Pick<Mesh, "services">): boolean {
    return askable(services).length > 0;
}

export function answerOf({ outcome }: Pick<Call, "outcome">): CallCell["answer"] {
    if (!("verified" in outcome) || !outcome.verified) return "no answer";
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(outcome.received) ?? [];
    if (status === undefined) return "no answer";
    // Words of Envoy: an app may answer with 403, too.
    return status === "403" && outcome.received.includes("RBAC: access denied") ? "refused" : "let in";
}

export function callCellOf(call: Call): CallCell {
    const { account, from, service, to, mayCall } = call;
    return { account, from, service, to, mayCall, answer: answerOf(call) };
}

function explain(call: Call): Part {
    const { account, from, service, to, mayCall } = call;
    const [, namespace = ""] = service.split(".");
    const seen = `${account} of ${from} → ${service} in ${to}: ${answerOf(call)}`;
    if (answerOf(call) === "no answer") {
        return {
            seen,
            cause: `A request for ${service} in ${to} did not reach a sidecar there, so nobody decided on it.`,
            fix: `Do the pods of ${service} have a sidecar in ${to}? Then see shared-services and reachability-matrix.`,
        };
    }
    return mayCall
        ? {
              seen,
              cause: `${to} refuses ${account}, which the list of ${service} lets in.`,
              fix: `\`kubectl -n ${namespace} get authorizationpolicies\` in ${to}: another one denies it.`,
          }
        : {
              seen,
              cause: `${to} lets ${account} in, which the list of ${service} does not name.`,
              fix: `Is there a policy ${service.split(".")[0] ?? ""} in namespace ${namespace} of ${to}, and does its selector match the pods? Another ALLOW policy may let it in, too.`,
          };
}

/** The services that say who may call them, by HTTP: what refuses other protocols looks like an app that hangs up. */
function askable(services: readonly ListedService[]): Asked[] {
    return services.flatMap((service) => {
        const http = service.ports.find(({ name, appProtocol }) => /^(http|grpc)/.test(appProtocol ?? name));
        return service.callers === undefined || http === undefined ? [] : [{ service, port: http.port }];
    });
}

async function calls(probe: Probe, { mesh }: { readonly mesh: Mesh }): Promise<Call[]> {
    const asked = askable(mesh.services ?? []);
    const accounts = accountsOf(probe, asked);
    const sites = await Promise.all(
        probe.sites.map(async (site) => {
            const serving = probe.sites.find(({ name }) => name === servingName(mesh, site.name)) ?? site;
            const [issuer, pods] = await Promise.all([
                site.issuer(serving),
                site.podsBehind(asked.map(({ service, port }) => ({ ...service, port }))),
            ]);
            const identities = await Promise.all(accounts.map((account) => identityOf(site, issuer, account)));
            return { site, identities, pods, roots: issuer.roots };
        }),
    );
    const found = (wanted: ProbeSite) => sites.find(({ site }) => site === wanted);
    const prepared = asked.flatMap(({ service, port }, index) =>
        pairsFor(probe, service, mesh).flatMap((pair) => {
            const pod = found(pair.to)?.pods[index];
            return pod === undefined ? [] : [{ ...pair, service, port, pod }];
        }),
    );
    const gateways = await Promise.all(
        crossings(probe).map(async (pair) => ({ ...pair, ways: await pair.to.dialledBy(pair.from, probe.sites) })),
    );
    const all = prepared.flatMap((each) =>
        accounts.flatMap((account, index) => {
            const { identities, roots = "" } = found(each.from) ?? {};
            const identity = identities?.[index];
            const way = wayTo(each, gateways);
            if (way === undefined || identity === undefined) return [];
            return [{ ...each, account, action: { ...way, ...said(each, mesh, { ...identity, roots }) } }];
        }),
    );
    const answered: Call[] = [];
    for (let next = 0; next < all.length; next += ASKED_AT_A_TIME) {
        const some = all.slice(next, next + ASKED_AT_A_TIME);
        for (const { from, to, service, account, outcome } of await askFor(some, "outsider", ({ action }) => action)) {
            const { namespace, name } = account;
            const who = { account: `${namespace}/${name}`, from: from.name };
            answered.push({
                ...who,
                service: dotted(service),
                to: to.name,
                mayCall: mayCall(service, account),
                outcome,
            });
        }
    }
    return answered;
}

/** All who are named as callers of any service, and one who is not. */
function accountsOf({ namespace }: Probe, asked: readonly Asked[]): Account[] {
    const named = asked.flatMap(({ service }) =>
        (service.callers ?? []).map((caller) => ({ namespace: caller.namespace, name: caller.account ?? "default" })),
    );
    return [...named, { namespace, name: "client" }].filter(
        (each, index, all) =>
            all.findIndex(({ namespace, name }) => namespace === each.namespace && name === each.name) === index,
    );
}

function mayCall({ callers = [] }: ListedService, { namespace, name }: Account): boolean {
    return callers.some((caller) => caller.namespace === namespace && (caller.account ?? name) === name);
}

/** @returns undefined where the cluster has no such account. */
async function identityOf(site: ProbeSite, issuer: Issuer, account: Account): Promise<WorkloadIdentity | undefined> {
    const [token, { workloadIdentity }] = await Promise.all([site.tokenOf(account), import("../workloadIdentity.js")]);
    return token === undefined ? undefined : workloadIdentity(issuer, token);
}

/** From every cluster that may call a service to every one that runs it. */
function pairsFor(probe: Probe, service: ListedService, mesh: Mesh): Pair[] {
    const known = knownIn(service, membersOf(mesh));
    return probe.sites
        .filter(({ name }) => known.includes(name))
        .flatMap((from) =>
            targets(probe, from)
                .filter(({ name }) => service.clusters.includes(name))
                .map((to) => ({ from, to })),
        );
}

/** To the pod itself on the same network, else through a gateway. */
function wayTo(
    { pod, ...pair }: Pair & { readonly pod: Behind },
    gateways: readonly (Pair & { readonly ways: readonly string[] })[],
) {
    if (isNear(pair)) return { address: pod.address, port: pod.port };
    const [way] = gateways.find(({ from, to }) => from === pair.from && to === pair.to)?.ways ?? [];
    const [, host = "", gatewayPort] = /^(.*):(\d+)$/.exec(way ?? "") ?? [];
    return gatewayPort === undefined ? undefined : { address: host, port: Number(gatewayPort) };
}

/** What OPTIONS asks changes nothing: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
function said(
    { service, port, pod }: Asked & { readonly pod: Behind },
    { trustDomain = "cluster.local" }: Mesh,
    shown: WorkloadIdentity & { readonly roots: string },
): Pick<DialAction, "send" | "tls"> {
    const identity = `spiffe://${trustDomain}/ns/${service.namespace}/sa/${pod.account}`;
    const at = { host: serviceHost(service.name, service.namespace), port };
    return asSidecar("OPTIONS", at, { ...shown, identity });
}

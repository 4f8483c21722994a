import type { DialAction, Outcome } from "../pods/protocol";
import { askFor, byGateway, defineProbeCheck, isNear, pairs, type Pair, type Probe } from "../check";
import { type Upstream, upstreamOf } from "../../observe/envoyAnswers";
import { foreignIdentity, type ForeignIdentity } from "../foreignIdentity";
import { INBOUND_PORT, SERVICE_PORT, serverService } from "../manifests";
import { describeOutcome } from "../outcomes";
import { asSidecar, servicePort } from "../requests";
import type { ProbeSite } from "../site";
import { unreachableGateway, withoutGateway } from "./plaintext";

export interface ForeignAttempt {
    readonly from: string;
    readonly to: string;
    /** Why there was nothing to dial. */
    readonly missing?: "gateway" | "endpoint" | "certificate";
    readonly outcome?: Outcome;
}

export const foreignRoot = defineProbeCheck<readonly ForeignAttempt[]>({
    id: "foreign-root-refused",
    group: "data plane",
    proves: "A server's sidecar refuses a certificate of another root that claims a known identity",
    observe: attempts,
    judge: (all) =>
        all.map(({ from, to, missing, outcome }) => {
            if (missing === "gateway") {
                return { seen: `${from} → ${to}: no gateway`, ...withoutGateway(to) };
            }
            if (outcome === undefined) {
                return {
                    seen: `${from} → ${to}: ${missing === "endpoint" ? "the client's proxy does not know the service" : "a proxy has no certificate"}`,
                    cause: `The sidecars of ${from} or ${to} have not received what their istiod should send.`,
                    fix: `\`istioctl proxy-status\` in both; see peers-synced and common-root.`,
                };
            }
            const seen = `${from} → ${to}: ${describeOutcome(outcome)}`;
            if ("failure" in outcome) {
                return { seen, ...unreachableGateway(from, to) };
            }
            if ("status" in outcome || outcome.received !== "") {
                return {
                    seen,
                    cause: `A server of ${to} answers a client whose certificate no root of the mesh has signed.`,
                    fix: `Look for a PeerAuthentication with mode PERMISSIVE and an EnvoyFilter in ${to} that remove the client's certificate from the handshake.`,
                };
            }
            if (!outcome.verified) {
                return {
                    seen,
                    cause: `The gateway of ${to} did not lead to the server's sidecar, or the sidecar has no certificate of the common root, so nothing was refused.`,
                    fix: `See reachability-matrix and common-root; the Gateway cross-network-gateway of ${to} needs hosts *.local.`,
                };
            }
            return outcome.ended === "silent"
                ? {
                      seen: `${from} → ${to}: neither refused nor answered`,
                      cause: `The server's sidecar in ${to} did not end the connection of a client that it cannot trust.`,
                      fix: `Read the log of the sidecar; see reachability-matrix.`,
                  }
                : { seen: `${seen}, by a server that proved who it is` };
        }),
});

/** What has to be known of a cluster's workloads to dial as one of them would. */
interface Known {
    readonly upstreams: readonly Upstream[];
    /** Identity of its client, which the foreign certificate claims, and of its server. */
    readonly client: string | undefined;
    readonly server: string | undefined;
    /** PEM of what its client trusts. */
    readonly roots: string;
    readonly foreign: ForeignIdentity;
}

async function knownOf(site: ProbeSite): Promise<Known> {
    const [upstreams, client, server] = await Promise.all([
        site.upstreams("client"),
        site.certificates("client"),
        site.certificates("server"),
    ]);
    const [claimed, identity] = [client, server].map(({ chain }) => uriOf(chain[0]?.subjectAltName));
    const roots = client.roots.map(String).join("");
    return { upstreams, client: claimed, server: identity, roots, foreign: await foreignIdentity(claimed ?? "") };
}

async function attempts(probe: Probe): Promise<ForeignAttempt[]> {
    const known = new Map(await Promise.all(probe.sites.map(async (site) => [site, await knownOf(site)] as const)));
    const all = pairs(probe);
    const { dialled, missing } = byGateway(all.filter((pair) => !isNear(pair)));
    const near = await Promise.all(
        all.filter(isNear).map(async (pair) => {
            return { ...pair, way: { address: await pair.to.addressOf("server"), port: INBOUND_PORT } };
        }),
    );
    const prepared = [...dialled.map(({ gateway: way, ...pair }) => ({ ...pair, way })), ...near].map((pair) => ({
        ...pair,
        ...prepare(probe, pair, known),
    }));
    const ready = prepared.flatMap(({ dial, ...pair }) => (dial === undefined ? [] : [{ ...pair, dial }]));
    const asked = await askFor(ready, "outsider", ({ way, dial }) => ({ ...way, ...dial }));
    return [
        ...missing.map((names) => ({ ...names, missing: "gateway" as const })),
        ...prepared.flatMap(({ from, to, lacks }) =>
            lacks === undefined ? [] : [{ from: from.name, to: to.name, missing: lacks }],
        ),
        ...asked.map(({ from, to, outcome }) => ({ from: from.name, to: to.name, outcome })),
    ];
}

function prepare(
    probe: Probe,
    { from, to }: Pair,
    known: ReadonlyMap<ProbeSite, Known>,
): { readonly dial?: Pick<DialAction, "send" | "tls">; readonly lacks?: "endpoint" | "certificate" } {
    const [own, other] = [known.get(from), known.get(to)];
    const service = serverService(probe, to.name);
    const host = upstreamOf(own?.upstreams ?? [], servicePort(probe, service))?.host;
    if (host === undefined) {
        return { lacks: "endpoint" };
    }
    if (own?.client === undefined || other?.server === undefined) {
        return { lacks: "certificate" };
    }
    const shown = { roots: own.roots, identity: other.server, ...own.foreign };
    return { dial: asSidecar("GET", { host, port: SERVICE_PORT }, shown) };
}

function uriOf(subjectAltName = ""): string | undefined {
    return /URI:([^,\s]+)/.exec(subjectAltName)?.[1];
}

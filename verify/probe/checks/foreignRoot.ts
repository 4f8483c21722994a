import type { Outcome } from "../../../apps/probe/protocol";
import { defineProbeCheck, pairs, type Pair, type Probe } from "../check";
import { foreignIdentity } from "../foreignIdentity";
import { SERVICE_PORT, serverService } from "../manifests";
import { describeOutcome } from "../outcomes";
import { parseUpstreams } from "../upstreams";
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
    observe: (probe) => Promise.all(pairs(probe).map((pair) => attempt(probe, pair))),
    judge: (attempts) =>
        attempts.map(({ from, to, missing, outcome }) => {
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
                    cause: `A server of ${to} talks to a client whose certificate no root of the mesh has signed.`,
                    fix: `Look for a PeerAuthentication with mode PERMISSIVE and an EnvoyFilter in ${to} that take the client's certificate out of the handshake.`,
                };
            }
            if (!outcome.verified) {
                return {
                    seen,
                    cause: `The gateway of ${to} did not lead to the server's sidecar, or that one has no certificate of the common root, so that nothing was refused.`,
                    fix: `See reachability-matrix and common-root; the Gateway cross-network-gateway of ${to} needs hosts *.local.`,
                };
            }
            return outcome.ended === "silent"
                ? {
                      seen: `${from} → ${to}: neither refused nor answered`,
                      cause: `The server's sidecar in ${to} did not end the connection of a client that it cannot trust.`,
                      fix: `Look at the log of the sidecar; see reachability-matrix.`,
                  }
                : { seen: `${seen}, by a server that proved who it is` };
        }),
});

async function attempt(probe: Probe, { from, to }: Pair): Promise<ForeignAttempt> {
    const names = { from: from.name, to: to.name };
    const gateway = to.declared.eastWestGateway;
    if (gateway === undefined) {
        return { ...names, missing: "gateway" };
    }
    const service = serverService(probe, to.name);
    const [upstreams, client, server] = await Promise.all([
        from.upstreams("client"),
        from.certificates("client"),
        to.certificates("server"),
    ]);
    const { host } = parseUpstreams(upstreams, SERVICE_PORT, service, probe.namespace);
    const [claimed, identity] = [client, server].map(({ chain }) => uriOf(chain[0]?.subjectAltName));
    if (host === undefined) {
        return { ...names, missing: "endpoint" };
    }
    if (claimed === undefined || identity === undefined) {
        return { ...names, missing: "certificate" };
    }
    const [outcome] = await from.ask("outsider", [
        {
            ...gateway,
            send: `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
            tls: {
                // As a sidecar of the mesh would: https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
                serverName: `outbound_.${SERVICE_PORT}_._.${host}`,
                alpn: "istio",
                roots: client.roots.map(String).join(""),
                identity,
                ...(await foreignIdentity(claimed)),
            },
        },
    ]);
    return { ...names, ...(outcome === undefined ? {} : { outcome }) };
}

function uriOf(subjectAltName = ""): string | undefined {
    return /URI:([^,\s]+)/.exec(subjectAltName)?.[1];
}

/** The probe's answers, as the run reads them. */
import { z } from "zod";
import type { Outcome } from "./pods/protocol";
import { ObservationError } from "../observe";

const outcomes = z.array(
    z.union([
        z.object({ status: z.number(), body: z.string() }),
        z.object({ verified: z.boolean(), received: z.string(), ended: z.string() }),
        z.object({ failure: z.string() }),
    ]),
) satisfies z.ZodType<Outcome[]>;

/** @throws ObservationError when it is another program that answers. */
export function parseOutcomes(json: string): Outcome[] {
    try {
        return outcomes.parse(JSON.parse(json));
    } catch {
        throw new ObservationError(`no answer of a probe: ${json.slice(0, 100)}`);
    }
}

/** What an HTTP request came to, in words that all checks use. */
export function describeOutcome(outcome: Outcome): string {
    if ("failure" in outcome) {
        return outcome.failure;
    }
    return "status" in outcome
        ? `${outcome.status} ${outcome.body.trim().slice(0, 120)}`.trimEnd()
        : `${outcome.ended}${outcome.received === "" ? "" : ` after ${JSON.stringify(outcome.received.slice(0, 60))}`}`;
}

const serverAnswer = z.object({ cluster: z.string(), peer: z.string() });

/** What a server of the probe says of itself and of who asked; undefined when something else answered. */
export function serverAnswerOf(outcome: Outcome): { readonly cluster: string; readonly peer: string } | undefined {
    if (!("status" in outcome) || outcome.status !== 200) {
        return undefined;
    }
    try {
        const { cluster, peer } = serverAnswer.parse(JSON.parse(outcome.body));
        return { cluster, peer: peerIdentity(peer) };
    } catch {
        return undefined;
    }
}

/**
 * URI of the last hop's certificate, which the own sidecar has verified; the hops before are hearsay.
 * @param header X-Forwarded-Client-Cert: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
export function peerIdentity(header: string): string {
    const unquoted = header.replace(/"(?:[^"\\]|\\.)*"/g, "");
    const last = unquoted.split(",").at(-1) ?? "";
    return /(?:^|;)URI=([^;]*)/.exec(last)?.[1] ?? "";
}

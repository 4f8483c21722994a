import { get } from "node:http";
import { text } from "node:stream/consumers";
import { defineCheck, type Part } from "../../check";
import { askedFor, causesOf, explain as explainRequest } from "../../explain";
import type { MeshView } from "../../observe";
import type { ReferenceRequest } from "../../../shared/outputs";
import { anySignal } from "../../../shared/signals";

/** Enough to meet every endpoint of a small mesh, few enough to take no time. */
const REQUESTS = 20;
/** Longer than Envoy tries to connect, 10 s: its answer tells more than none. */
const SECONDS_EACH = 12;

export type Reply =
    | {
          readonly status: number;
          /** What the body names as its cluster. */ readonly cluster?: string;
          readonly body: string;
      }
    | { readonly failure: string };

export interface Replies {
    readonly request: ReferenceRequest;
    readonly replies: readonly Reply[];
    /** Where the client's request to the service ends, where it failed and that was seen. */
    readonly walked?: Cause;
}

interface Cause {
    readonly cause: string;
    readonly fix: string;
}

export const remoteAnswers = defineCheck<Replies>({
    id: "remote-answers",
    group: "data plane",
    proves: `${REQUESTS} of ${REQUESTS} requests through the ingress are answered by another cluster's service`,
    skip: ({ request }) => (request === undefined ? "no reference request is declared" : undefined),
    observe: async (view) => {
        const {
            mesh: { request },
            signal,
        } = view;
        if (request === undefined) {
            throw new Error("no reference request is declared");
        }
        const replies: Reply[] = [];
        // One after the other, as a person would: the proof is of every single answer, not of a load.
        for (let count = 0; count < REQUESTS; count++) {
            const reply = await ask(request, signal);
            replies.push(reply);
            if ("failure" in reply || reply.status !== 200) {
                break; // More of them would tell no more, and each may take its whole time.
            }
        }
        const last = replies.at(-1);
        const failed = last !== undefined && "status" in last && last.status >= 500;
        const walked = failed ? await causeOf(view, request) : undefined;
        return { request, replies, ...(walked && { walked }) };
    },
    judge: ({ request, replies, walked }) => {
        const good = replies.filter(
            (reply) => "status" in reply && reply.status === 200 && request.answeredBy.includes(reply.cluster ?? ""),
        );
        const bad = replies.find((reply) => !good.includes(reply));
        const answerers = [...new Set(good.map((reply) => ("cluster" in reply ? reply.cluster : "")))].join(", ");
        const summary = `${request.through}: ${good.length} of ${REQUESTS} requests to ${request.url} (Host: ${request.host}) answered 200 with data of ${answerers || "no other cluster"}`;
        return bad === undefined ? [{ seen: summary }] : [{ seen: summary }, explain(request, bad, walked)];
    },
});

async function ask({ url, host }: ReferenceRequest, signal: AbortSignal): Promise<Reply> {
    try {
        const limit = anySignal([signal], SECONDS_EACH * 1000);
        const response = await new Promise<{ status: number; body: Promise<string> }>((resolve, reject) => {
            get(url, { headers: { host, accept: "application/json" }, signal: limit }, (message) => {
                resolve({ status: message.statusCode ?? 0, body: text(message) });
            }).once("error", reject);
        });
        const body = await response.body;
        const cluster = clusterIn(body);
        return { status: response.status, body, ...(cluster === undefined ? {} : { cluster }) };
    } catch (error) {
        return { failure: error instanceof Error ? error.message : String(error) };
    }
}

function clusterIn(body: string): string | undefined {
    try {
        const answer: unknown = JSON.parse(body);
        return typeof answer === "object" && answer !== null && "cluster" in answer
            ? String(answer.cluster)
            : undefined;
    } catch {
        return undefined;
    }
}

/** Follows the client's request hop by hop. What keeps from that is said by the checks of what was read. */
function causeOf(view: MeshView, request: ReferenceRequest): Promise<Cause | undefined> {
    return explainRequest(view, askedFor(request)).then(causesOf, () => undefined);
}

function explain(request: ReferenceRequest, bad: Reply, walked: Cause | undefined): Part {
    const { through, host, client, service } = request;
    if ("failure" in bad) {
        return {
            seen: `${through}: a request failed: ${bad.failure}`,
            cause: `The ingress of ${through} cannot be reached from here, or does not answer.`,
            fix: `Check the pods and the load-balancer address of the ingress gateway in ${through}.`,
        };
    }
    const seen = `${through}: a request was answered ${bad.status}: ${bad.body.trim().slice(0, 160)}`;
    if (bad.status === 200) {
        return {
            seen,
            cause: `The answer came from ${bad.cluster ?? "a cluster it does not name"}, not from ${request.answeredBy.join(", ")}.`,
            fix: `See no-local-pods: ${service.name} may run in a cluster where it should not.`,
        };
    }
    if (bad.status === 404) {
        return {
            seen,
            cause: `The ingress of ${through} has no route for host ${host}.`,
            fix: `Check the Gateway and the VirtualService of ${client.app} in ${through}.`,
        };
    }
    if (walked !== undefined) {
        return { seen, ...walked };
    }
    return {
        seen,
        cause: `${client.app} in ${through} gets no answer from ${service.name}: its path through the other cluster's east-west gateway is broken, or mutual TLS between the clusters fails.`,
        fix: `See gateway-endpoints and common-root; then \`kubectl -n ${client.namespace} logs deploy/${client.app} -c istio-proxy\` in ${through}.`,
    };
}

/** The one call that webapp makes: an HTTP GET to catalog, bounded in time and size, with the trace carried along. */
import { Agent, get, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { CLUSTER_HEADER } from "../service";

/** Limit of one call in milliseconds, its answer's body included. */
export const UPSTREAM_TIMEOUT = 5_000;

/** Largest body taken from catalog, in bytes. */
const BODY_LIMIT = 1024 * 1024;

/** Headers that tie a proxy's spans together; an app must copy them: https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/ */
const TRACE_HEADERS = [
    "x-request-id",
    "traceparent",
    "tracestate",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
];

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** What catalog answered. */
export interface UpstreamAnswer {
    readonly status: number;
    /** Cluster of the catalog that answered; undefined when the answer came from a proxy on the way. */
    readonly cluster: string | undefined;
    readonly body: object;
}

/** Catalog gave no usable answer. `status` is the one that webapp passes on: 502 or 504. */
export class UpstreamError extends Error {
    public constructor(
        public readonly status: 502 | 504,
        message: string,
    ) {
        super(message);
        this.name = "UpstreamError";
    }
}

/** @throws UpstreamError when catalog cannot be reached, answers too late, or not with a JSON object. */
export async function askCatalog(url: string, incoming: IncomingHttpHeaders): Promise<UpstreamAnswer> {
    const signal = AbortSignal.timeout(UPSTREAM_TIMEOUT);
    try {
        const response = await request(url, traceHeaders(incoming), signal);
        const text = await bodyOf(response);
        const cluster = response.headers[CLUSTER_HEADER];
        return {
            status: response.statusCode ?? 502,
            cluster: typeof cluster === "string" ? cluster : undefined,
            body: jsonObject(text, response.statusCode ?? 502),
        };
    } catch (error) {
        if (error instanceof UpstreamError) {
            throw error;
        }
        throw signal.aborted
            ? new UpstreamError(504, `catalog did not answer within ${UPSTREAM_TIMEOUT / 1000} s`)
            : new UpstreamError(
                  502,
                  `catalog cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
              );
    }
}

function traceHeaders(incoming: IncomingHttpHeaders): Record<string, string | string[]> {
    return Object.fromEntries(
        TRACE_HEADERS.flatMap((name) => {
            const value = incoming[name];
            return value === undefined ? [] : [[name, value]];
        }),
    );
}

function request(
    url: string,
    headers: Record<string, string | string[]>,
    signal: AbortSignal,
): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
        get(url, { agent, signal, headers: { accept: "application/json", ...headers } }, resolve).once("error", reject);
    });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > BODY_LIMIT) {
            throw new UpstreamError(502, `catalog answered with more than ${BODY_LIMIT} bytes`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
}

function jsonObject(text: string, status: number): object {
    let parsed: unknown;
    try {
        parsed = JSON.parse(text);
    } catch {
        // A sidecar that finds no endpoint answers 503 in plain text: pass its words on, since they name the cause.
        throw new UpstreamError(502, `catalog answered ${status}: ${text.trim().slice(0, 200) || "without a body"}`);
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
        throw new UpstreamError(502, `catalog answered ${status} with JSON that is no object`);
    }
    return parsed;
}

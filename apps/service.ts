/** What both sample apps share: an HTTP/1.1 service that names its cluster in every answer and stops gracefully. */
import {
    createServer,
    type IncomingMessage,
    type OutgoingHttpHeaders,
    type Server,
    type ServerResponse,
} from "node:http";

/** Response header with the name of the cluster that the answering app runs in. */
export const CLUSTER_HEADER = "x-cluster";

/** How long requests under way may take after SIGTERM; below Kubernetes' default grace period of 30 seconds. */
const DRAIN_MILLISECONDS = 10_000;

/** Settings of an app, from the environment variables PORT, CLUSTER and CATALOG_URL. */
export interface Settings {
    /** TCP port to listen on. Default 8080. */
    readonly port: number;
    /** Name of the cluster that the app runs in. Default `unknown`. */
    readonly cluster: string;
    /** Where webapp finds catalog: an http URL without a trailing slash. Default `http://catalog.istioinaction`. */
    readonly catalogUrl: string;
}

/** @throws Error naming the variable that has no usable value. */
export function settingsFrom(environment: Readonly<Record<string, string | undefined>>): Settings {
    const { PORT = "8080", CLUSTER = "unknown", CATALOG_URL = "http://catalog.istioinaction" } = environment;
    const port = Number(PORT);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
        throw new Error(`PORT must be a whole number from 0 to 65535, not "${PORT}"`);
    }
    if (!URL.canParse(CATALOG_URL) || new URL(CATALOG_URL).protocol !== "http:") {
        throw new Error(`CATALOG_URL must be an http:// URL, since the sidecar adds TLS, not "${CATALOG_URL}"`);
    }
    return { port, cluster: CLUSTER, catalogUrl: CATALOG_URL.replace(/\/+$/, "") };
}

export interface Answer {
    readonly status: number;
    readonly headers?: OutgoingHttpHeaders;
    /** An object is sent as JSON, a string as HTML. */
    readonly body: object | string;
}

/** Answers GET requests: the handler gets the path and decides; undefined means "no such page". */
export type Handler = (path: string, request: IncomingMessage) => Answer | undefined | Promise<Answer | undefined>;

/** A server that answers GET and HEAD by `handler`, and everything else with JSON errors. It does not listen yet. */
export function service(cluster: string, handler: Handler): Server {
    const server = createServer((request, response) => {
        answer(cluster, handler, request).then(
            (result) => {
                send(response, cluster, request.method === "HEAD", result);
            },
            (error: unknown) => {
                console.error(JSON.stringify({ level: "error", path: request.url, error: String(error) }));
                send(response, cluster, false, { status: 500, body: { cluster, error: "internal error" } });
            },
        );
    }); // The sidecar decides when an idle connection ends. Were it the app, a request could meet a closing socket.
    server.keepAliveTimeout = 0;
    return server;
}

async function answer(cluster: string, handler: Handler, request: IncomingMessage): Promise<Answer> {
    if (request.method !== "GET" && request.method !== "HEAD") {
        return {
            status: 405,
            headers: { allow: "GET, HEAD" },
            body: { cluster, error: "only GET and HEAD are served" },
        };
    }
    // The base only completes the relative URL of the request line; nothing is ever sent there.
    const target = request.url ?? "/";
    const path = URL.canParse(target, "http://service") ? new URL(target, "http://service").pathname : "/";
    if (path === "/healthz") {
        return { status: 200, body: { cluster, status: "ok" } };
    }
    return (await handler(path, request)) ?? { status: 404, body: { cluster, error: `no such page: ${path}` } };
}

function send(response: ServerResponse, cluster: string, headOnly: boolean, { status, headers, body }: Answer): void {
    const [type, text] =
        typeof body === "string"
            ? ["text/html; charset=utf-8", body]
            : ["application/json", `${JSON.stringify(body)}\n`];
    response.writeHead(status, {
        "content-type": type,
        "content-length": Buffer.byteLength(text),
        [CLUSTER_HEADER]: cluster,
        ...headers,
    });
    response.end(headOnly ? undefined : text);
}

/** Listens, and on SIGTERM or SIGINT stops taking connections, ends the requests under way and exits. */
export function run(name: string, settings: Settings, server: Server): void {
    server.listen(settings.port, () => {
        console.log(JSON.stringify({ level: "info", app: name, cluster: settings.cluster, port: settings.port }));
    });
    const stop = (): void => {
        server.close(() => {
            process.exit(0);
        });
        server.closeIdleConnections();
        setTimeout(() => {
            server.closeAllConnections();
        }, DRAIN_MILLISECONDS).unref();
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
}

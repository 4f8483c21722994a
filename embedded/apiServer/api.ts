/** Raw calls to one API server: exact JSON both ways, connections kept open. */
import https from "node:https";
import { anySignal } from "../../shared/signals";
import { accessOf, type Access, type Kubeconfig } from "./access";
import { arrayAt, isObject, type Json, objectAt, parseJson, type Properties, textAt } from "./json";

const CONNECT_LIMIT_MS = 5_000;
const REQUEST_LIMIT_MS = 30_000;

/** An answer of the API server that is not a success (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export class ApiError extends Error {
    public constructor(
        public readonly code: number,
        public readonly reason: string,
        message: string,
        public readonly causes: readonly Json[],
    ) {
        super(message);
        this.name = "ApiError";
    }
}

/** Nothing answers at the API server's address, or not the server that the kubeconfig names. */
export class UnreachableError extends Error {
    public override readonly name = "UnreachableError";
}

/** Where objects of a kind live. */
export interface Resource {
    readonly namespaced: boolean;
    path(namespace: string | undefined, name?: string): string;
}

export interface Call {
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: Json;
    readonly contentType?: string;
    readonly signal?: AbortSignal;
    /** Takes what the API server warns of, such as a field it does not know. */
    readonly warn?: (warning: string) => void;
}

export class KubernetesApi {
    readonly #agent = new https.Agent({ keepAlive: true });
    readonly #kinds = new Map<string, Promise<Json>>();
    #access: Promise<Access> | undefined;

    public constructor(public readonly kubeconfig: Kubeconfig) {}

    /**
     * Finds the path of a kind by discovery, remembered for each group version.
     * @returns `undefined` where the cluster does not know the kind, or does not know it yet.
     */
    public async resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
        const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        let known = this.#kinds.get(root);
        if (known === undefined) {
            known = this.request("GET", root);
            this.#kinds.set(root, known);
        }
        const found = await known.then(
            (list) => arrayAt(list, "resources").find((entry) => isKind(entry, kind)),
            (error: unknown) => {
                this.#kinds.delete(root);
                if (error instanceof ApiError && error.code === 404) return undefined;
                throw error;
            },
        );
        if (!isObject(found)) {
            this.#kinds.delete(root);
            return undefined;
        }
        const plural = textAt(found, "name") ?? "";
        const namespaced = found["namespaced"] === true;
        return {
            namespaced,
            path: (namespace, name) =>
                [
                    root,
                    ...(namespaced ? ["namespaces", namespace ?? "default"] : []),
                    plural,
                    ...(name ? [name] : []),
                ].join("/"),
        };
    }

    /** @throws ApiError for a refusal; UnreachableError with the server and the reason where nothing answers. */
    public async request(method: string, path: string, call: Call = {}): Promise<Json> {
        const { server } = this.kubeconfig.cluster;
        const url = new URL(`${server.replace(/\/$/, "")}${path}`);
        for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
        const options = await this.#options(method, call);
        const answer = await send(url, options, call.body).catch((error: unknown) => {
            if (call.signal?.aborted) throw error;
            throw new UnreachableError(
                `Kubernetes API server ${server} does not answer: ${reasonOf(error)}. Is its cluster running?`,
                { cause: error },
            );
        });
        for (const warning of answer.warnings) call.warn?.(warning);
        const body = parseBody(answer.text);
        if (answer.status < 300) return body;
        throw new ApiError(
            answer.status,
            textAt(body, "reason") ?? String(answer.status),
            textAt(body, "message") ?? answer.text.slice(0, 500),
            arrayAt(objectAt(body, "details"), "causes"),
        );
    }

    /** The object at a path; `undefined` where there is none. */
    public async find(path: string, signal?: AbortSignal): Promise<Properties | undefined> {
        try {
            const found = await this.request("GET", path, signal ? { signal } : {});
            return isObject(found) ? found : undefined;
        } catch (error) {
            if (error instanceof ApiError && error.code === 404) return undefined;
            throw error;
        }
    }

    async #options(method: string, call: Call): Promise<https.RequestOptions> {
        this.#access ??= accessOf(this.kubeconfig);
        const options = await (await this.#access)();
        const { contentType = "application/json", body, signal } = call;
        return {
            ...options,
            method,
            agent: this.#agent,
            headers: {
                accept: "application/json",
                ...(body === undefined ? {} : { "content-type": contentType }),
                ...options.headers,
            },
            signal: anySignal(signal ? [signal] : [], REQUEST_LIMIT_MS),
        };
    }
}

function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.name === "AbortError" ? `nothing within ${REQUEST_LIMIT_MS / 1000} s` : error.message;
}

function isKind(entry: Json, kind: string): boolean {
    return textAt(entry, "kind") === kind && textAt(entry, "name")?.includes("/") === false;
}

interface Answer {
    readonly status: number;
    readonly text: string;
    readonly warnings: readonly string[];
}

function send(url: URL, options: https.RequestOptions, body: Json | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const request = https.request(url, options, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () => {
                const text = Buffer.concat(chunks).toString("utf8");
                resolve({ status: response.statusCode ?? 0, text, warnings: warningsOf(response.headers["warning"]) });
            });
        });
        request.on("error", reject);
        request.on("socket", (socket) => {
            if (!socket.connecting) return;
            const limit = setTimeout(() => {
                request.destroy(new Error(`no connection within ${CONNECT_LIMIT_MS / 1000} s`));
            }, CONNECT_LIMIT_MS);
            socket.once("secureConnect", () => {
                clearTimeout(limit);
            });
            socket.once("close", () => {
                clearTimeout(limit);
            });
        });
        if (body === undefined) {
            request.end();
            return;
        }
        const content = Buffer.from(JSON.stringify(body));
        request.setHeader("content-length", content.length); // Node sends a DELETE's body without it
        request.end(content);
    });
}

/** RFC 7234, section 5.5: `299 - "unknown field \"spec.foo\""`. */
function warningsOf(header: string | undefined): string[] {
    return [...(header ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
        text.replaceAll(/\\(.)/g, "$1"),
    );
}

function parseBody(text: string): Json {
    try {
        return parseJson(text);
    } catch {
        return text;
    }
}

/** In a preview the cluster may not exist yet; in an up every provider is configured with known inputs. */
export function reachable(api: KubernetesApi | undefined): KubernetesApi {
    if (api === undefined) throw new Error("the kubeconfig of the kubernetes provider is not known");
    return api;
}

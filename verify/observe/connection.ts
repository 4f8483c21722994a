/** The way to an API server, and what its answers are made of when there is none. */
import https from "node:https";
import type * as client from "@kubernetes/client-node";
import { type Context, contextOf, impersonation, readKubeconfig, writeKubeconfig } from "../../shared/kubeconfig";
import { OwnCredentials } from "./credentials";
import { within } from "../limit";
import type { Way } from "../mesh";
import { anySignal } from "../../shared/signals";

/** What is needed of the library, which takes a third of a second to load. */
export type Client = typeof client;

/** The API server could not be asked, or refused. The message is short and holds no credentials. */
export class ObservationError extends Error {
    public override readonly name = "ObservationError";

    /**
     * @param status Of the answer, where there was one.
     * @param cluster Name of the cluster that was asked, where it was one.
     */
    public constructor(
        message: string,
        public readonly status?: number,
        public readonly cluster?: string,
    ) {
        super(message);
    }
}

/**
 * What the library's clients of a cluster are made of.
 * @param signal Ends every request, as does its limit in seconds.
 * @throws ObservationError when the kubeconfig is unusable.
 */
export function connect(
    { KubeConfig, ServerConfiguration, createConfiguration }: Client,
    { name, kubeconfig, context }: Way,
    signal: AbortSignal,
    seconds: number,
): {
    readonly config: client.KubeConfig;
    readonly configuration: client.Configuration;
    readonly cluster: client.Cluster;
} {
    let own: Context;
    try {
        own = contextOf(readKubeconfig(kubeconfig), context);
    } catch (error) {
        throw unusable(name, error);
    }
    const config = new KubeConfig();
    // No other context, which may be half-made, and no plugin: the library would start it for every request.
    config.loadFromString(writeKubeconfig(own.name, own.cluster, { ...own.user, exec: undefined }));
    config.addAuthenticator(new OwnCredentials(own));
    const cluster = config.getCurrentCluster();
    if (cluster === null) {
        throw unusable(name, "its context names no cluster");
    }
    const reuse = oneAgent();
    const configuration = createConfiguration({
        baseServer: new ServerConfiguration(cluster.server, {}),
        authMethods: { default: config },
        promiseMiddleware: [
            {
                pre: (request) => {
                    request.setSignal(anySignal([signal], seconds * 1000));
                    reuse(request);
                    sendEach(request, impersonation(own.user));
                    return Promise.resolve(request);
                },
                post: (response) => Promise.resolve(response),
            },
        ],
    });
    return { config, configuration, cluster };
}

/** @param why Never quotes a kubeconfig. */
export function unusable(cluster: string, why: unknown): ObservationError {
    const words = why instanceof Error ? why.message : String(why);
    return new ObservationError(`${cluster}: its kubeconfig cannot be used: ${words}`, undefined, cluster);
}

/**
 * Has requests share an agent, which remembers TLS sessions: the library makes one a request, and a whole handshake costs
 * both sides more than most answers do. Each request has a connection of its own nevertheless, so the number of these is
 * not bounded: the library's fetch takes an answer for broken when its connection goes on to the next request
 * (https://github.com/node-fetch/node-fetch/issues/1767).
 */
function oneAgent(): (request: client.RequestContext) => void {
    let shared: https.Agent | undefined;
    return (request) => {
        const agent = request.getAgent();
        // What a kubeconfig's proxy takes has an agent of another kind.
        if (agent?.constructor === https.Agent) {
            shared ??= new https.Agent(agent.options);
            request.setAgent(shared);
        }
    };
}

/** The library joins values of a header with commas, which API servers take for one value. Its fetch takes pairs as well. */
function sendEach(request: client.RequestContext, several: Readonly<Record<string, readonly string[]>>): void {
    if (Object.keys(several).length === 0) return;
    const others = Object.entries(request.getHeaders()).filter(([name]) => !(name in several));
    const pairs = Object.entries(several).flatMap(([name, values]) => values.map((value) => [name, value]));
    request.getHeaders = () => ({ [Symbol.iterator]: () => [...others, ...pairs].values() });
}

/**
 * Waits for a cluster's answer, for a limited time.
 * @throws ObservationError that names the cluster and what was asked.
 */
export async function answered<T>(cluster: string, what: string, answer: Promise<T>, seconds: number): Promise<T> {
    try {
        return await within(AbortSignal.timeout(seconds * 1000), `no answer within ${seconds} s`, answer);
    } catch (error) {
        throw new ObservationError(`${cluster}: ${what}: ${reason(error)}`, statusOf(error), cluster);
    }
}

/** The API's own message where there is one: the library's holds the whole response. */
function reason(error: unknown): string {
    if (!(error instanceof Error)) {
        return "the connection failed";
    }
    if ("code" in error && typeof error.code === "number" && "body" in error) {
        return `status ${error.code}: ${apiMessage(String(error.body)) ?? "no message"}`;
    }
    return error.message;
}

/** Status of the answer that an error of the library stands for. */
export function statusOf(error: unknown): number | undefined {
    return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}

function apiMessage(body: string): string | undefined {
    try {
        const status: unknown = JSON.parse(body);
        return typeof status === "object" && status !== null && "message" in status
            ? String(status.message)
            : undefined;
    } catch {
        return undefined;
    }
}

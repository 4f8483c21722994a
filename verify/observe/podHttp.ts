/** HTTP to a port that a pod may serve on its loopback only, through the API server's port-forward. */
import { request, type IncomingMessage } from "node:http";
import { duplexPair, Writable, type Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { PortForward } from "@kubernetes/client-node";

const COMPLAINT_MILLISECONDS = 250;

export interface PodPort {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
}

export interface PodRequest {
    readonly path: string;
    /** With it the request is a POST, else a GET. */
    readonly body?: string;
}

/**
 * @returns The body of the answer.
 * @throws Error when the pod refuses, answers with another status than 200, or `signal` ends the wait.
 */
export async function askPod(
    forward: PortForward,
    { namespace, pod, port }: PodPort,
    asked: PodRequest,
    signal: AbortSignal,
): Promise<string> {
    const [near, far] = duplexPair();
    let complaint = "";
    const complaints = new Writable({
        write(chunk: Buffer, _encoding, done) {
            // The stream opens with a message that holds the port only, which leaves nothing here.
            complaint += chunk.toString().trim();
            if (complaint !== "") {
                near.destroy();
            }
            done();
        },
    });
    const connection = await forward.portForward(namespace, pod, [port], far, complaints, far).catch(refusal);
    if (typeof connection === "function") {
        throw new Error("a port-forward without retries gives one connection");
    }
    connection.onclose = () => {
        far.end();
    };
    try {
        // It may have been refused before anybody listens for that here.
        if (near.destroyed || connection.readyState !== connection.OPEN) throw new Error("the connection was closed");
        const response = await answerOver(near, asked, signal);
        const body = await text(response);
        if (response.statusCode !== 200) {
            throw new Error(`${asked.path} answered ${response.statusCode ?? "nothing"}: ${body.trim().slice(0, 200)}`);
        }
        return body;
    } catch (error) {
        // The kubelet closes both streams at once: the one that says why may arrive last.
        if (complaint === "" && !signal.aborted) await sleep(COMPLAINT_MILLISECONDS);
        const reason = complaint || (error instanceof Error ? error.message : String(error));
        throw new Error(`port ${port} of pod ${namespace}/${pod}: ${reason}`, { cause: error });
    } finally {
        connection.close();
        near.destroy();
    }
}

/** The library rejects with an event, of which only the message says that it was the API server that refused. */
function refusal(event: unknown): never {
    const said = typeof event === "object" && event !== null ? String(Reflect.get(event, "message")) : "";
    const status = Number(/server response: (\d+)/.exec(said)?.[1]);
    if (status === 403) {
        throw Object.assign(new Error("the right to create pods/portforward is missing"), { code: status });
    }
    throw event instanceof Error ? event : new Error(said || "the connection failed");
}

function answerOver(socket: Duplex, { path, body }: PodRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const method = body === undefined ? "GET" : "POST";
    const headers = { host: "localhost", connection: "close" };
    return new Promise((resolve, reject) => {
        request({ method, path, signal, createConnection: () => socket, headers }, resolve)
            .once("error", reject)
            .end(body);
    });
}

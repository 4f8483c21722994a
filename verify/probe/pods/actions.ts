/** The two things that a probe does on request. Each ends in time and never throws. */
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import type { Action, DialAction, DialTls, GetAction, Outcome } from "./protocol";

/** Limit of one action. Milliseconds. */
const LIMIT = 5_000;
/** Of an answer, what is passed on. Characters. */
const EXCERPT = 2_000;

/**
 * Does all of them side by side. Each begins in a turn of its own: keys and roots take a busy node a while to read, and those of
 * the last would be read while the time of the first runs and nobody looks at their answers.
 */
export async function act(actions: readonly Action[]): Promise<Outcome[]> {
    const outcomes: Promise<Outcome>[] = [];
    for (const action of actions) {
        outcomes.push("url" in action ? ask(action) : dial(action));
        await nextTurn();
    }
    return Promise.all(outcomes);
}

function ask({ url, host }: GetAction): Promise<Outcome> {
    return new Promise((resolve) => {
        const fail = (error: Error): void => {
            resolve({ failure: describe(error) });
        };
        // A connection of its own, so that every request takes the path that is there now.
        const options = {
            agent: false,
            signal: AbortSignal.timeout(LIMIT),
            headers: host === undefined ? {} : { host },
        };
        get(url, options, (response) => {
            let body = "";
            response.setEncoding("utf8");
            response.on("data", (text: string) => {
                body = (body + text).slice(0, EXCERPT);
            });
            response.once("error", fail);
            response.once("end", () => {
                resolve({ status: response.statusCode ?? 0, body });
            });
        }).once("error", fail);
    });
}

function dial({ address, port, send, tls }: DialAction): Promise<Outcome> {
    return new Promise((resolve) => {
        let connected = false;
        let verified = false;
        let received = "";
        const end = (ended: string): void => {
            clearTimeout(limit);
            socket.destroy();
            resolve(connected ? { verified, received, ended } : { failure: ended });
        };
        const socket: Socket = tls === undefined ? connect(port, address) : secured(address, port, tls);
        const limit = setTimeout(() => {
            end(connected ? "silent" : "ETIMEDOUT");
        }, LIMIT);
        socket.once("connect", () => {
            connected = true;
        });
        socket.once(tls === undefined ? "connect" : "secureConnect", () => {
            verified = tls !== undefined;
            socket.write(send);
        });
        socket.setEncoding("latin1").on("data", (text: string) => {
            received = (received + text).slice(0, EXCERPT);
        });
        socket.once("end", () => {
            end("closed");
        });
        socket.once("error", (error) => {
            end(describe(error));
        });
    });
}

/** The server is verified by its root, and by the URI in its certificate, since a workload of a mesh has no DNS name. */
function secured(host: string, port: number, tls: DialTls): Socket {
    return connectTls({
        host,
        port,
        servername: tls.serverName,
        ALPNProtocols: [tls.alpn],
        ca: tls.roots,
        cert: tls.certificate,
        key: tls.key,
        checkServerIdentity: (_name, { subjectaltname = "" }) =>
            subjectaltname.split(", ").includes(`URI:${tls.identity}`)
                ? undefined
                : new Error(`the server is not ${tls.identity} but ${subjectaltname || "nameless"}`),
    });
}

function describe(error: Error): string {
    if (error.name === "TimeoutError" || error.name === "AbortError") {
        return "ETIMEDOUT";
    }
    return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

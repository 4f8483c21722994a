/** What the probe's control port takes and gives: JSON, an array of actions in, an array of outcomes out. */

/** Port of the server, behind the sidecar. */
export const SERVER_PORT = 8081;
/** Port on the pod's loopback that takes actions; no network reaches it but the API server's port-forward. */
export const CONTROL_PORT = 8082;

export type Action = GetAction | DialAction;

/** An HTTP GET. */
export interface GetAction {
    readonly url: string;
    /** Host header, where it is not the URL's host. */
    readonly host?: string;
}

/** A TCP connection that sends a text and waits for what comes. */
export interface DialAction {
    readonly address: string;
    readonly port: number;
    /** Sent when the connection stands, after the TLS handshake where there is one. */
    readonly send: string;
    readonly tls?: DialTls;
}

export interface DialTls {
    readonly serverName: string;
    readonly alpn: string;
    /** PEM; the server's certificate has to lead to it. */
    readonly roots: string;
    /** URI that the server's certificate has to name. */
    readonly identity: string;
    /** PEM of what this side shows. */
    readonly certificate: string;
    readonly key: string;
}

export type Outcome = Answered | Dialled | Failed;

/** An HTTP answer, whoever gave it. */
export interface Answered {
    readonly status: number;
    /** Its first characters. */
    readonly body: string;
}

export interface Dialled {
    /** Whether the server proved the identity that was asked for. Always false without TLS. */
    readonly verified: boolean;
    /** First characters of what came back. */
    readonly received: string;
    /** How it ended: `closed`, `silent` when nothing ended it in time, or the error in words. */
    readonly ended: string;
}

/** There was no answer or no connection. */
export interface Failed {
    /** Node.js' code where it has one, e.g. `ECONNREFUSED`, else the message. */
    readonly failure: string;
}

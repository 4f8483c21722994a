import { isIP } from "node:net";
import { connect } from "node:tls";
import { anySignal } from "../../shared/signals";

const SECONDS = 5;

export interface TlsFailure {
    /** Whether something answered, so that its certificate is what was not accepted. */
    readonly answered: boolean;
    readonly reason: string;
}

export interface Expected {
    /** CA of the server, PEM; default the machine's own. */
    readonly ca: string | undefined;
    /** Name that its certificate has to have; default the URL's host. */
    readonly serverName?: string | undefined;
}

/** Why TLS with a server fails, as verified against what is expected; undefined when it does not. */
export function tlsFailure(
    { hostname, port }: URL,
    { ca, serverName }: Expected,
    signal: AbortSignal,
): Promise<TlsFailure | undefined> {
    const host = hostname.replace(/^\[|\]$/g, "");
    // A certificate's name for an address is checked by the address; only names are sent along.
    const expected = serverName ?? host;
    const named = isIP(expected) === 0 ? { servername: expected } : {};
    return new Promise((resolve) => {
        const socket = connect({ host, port: Number(port || 443), ...named, ...(ca === undefined ? {} : { ca }) });
        let answered = false;
        const end = (reason?: string): void => {
            socket.destroy();
            resolve(reason === undefined ? undefined : { answered, reason });
        };
        socket.once("connect", () => {
            answered = true;
        });
        socket.once("secureConnect", () => {
            end();
        });
        socket.once("error", (error: Error) => {
            end(error.message);
        });
        anySignal([signal], SECONDS * 1000).addEventListener("abort", () => {
            end(`no answer within ${SECONDS} s`);
        });
    });
}

import { isIP } from "node:net";
import { connect } from "node:tls";
import { ending } from "../../shared/signals";

const SECONDS = 5;

export interface TlsFailure {
    /** Whether something answered, so that its certificate is what was not accepted. */
    readonly answered: boolean;
    readonly reason: string;
}

/**
 * Why TLS with a server fails, as verified against a CA; undefined when it does not.
 * @param ca PEM; default the machine's own.
 */
export function tlsFailure(
    { hostname, port }: URL,
    ca: string | undefined,
    signal: AbortSignal,
): Promise<TlsFailure | undefined> {
    const host = hostname.replace(/^\[|\]$/g, "");
    // A certificate's name for an address is checked by the address; only names are sent along.
    const named = isIP(host) === 0 ? { servername: host } : {};
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
        ending([signal], SECONDS * 1000).addEventListener("abort", () => {
            end(`no answer within ${SECONDS} s`);
        });
    });
}

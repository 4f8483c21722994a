/** What a proxy's upstreams say of the way that requests took. */
import { parseClusters } from "../observe/envoy";

export interface Upstream {
    /** `address:port`. */
    readonly endpoint: string;
    /** Requests that it answered. */
    readonly answered: number;
}

export interface Upstreams {
    /** Name of the service in full, e.g. `server-2.probe.svc.cluster.local`; undefined when the proxy does not know it. */
    readonly host?: string;
    readonly endpoints: readonly Upstream[];
}

/**
 * @param json Answer of Envoy's `/clusters?format=json`.
 * @throws ObservationError when it is something else.
 */
export function parseUpstreams(json: string, port: number, service: string, namespace: string): Upstreams {
    const prefix = `outbound|${port}||`;
    const cluster = parseClusters(json).find(({ name }) => name.startsWith(`${prefix}${service}.${namespace}.svc.`));
    if (cluster === undefined) {
        return { endpoints: [] };
    }
    return {
        host: cluster.name.slice(prefix.length),
        endpoints: cluster.host_statuses.flatMap(({ address: { socket_address: socket }, stats }) =>
            socket === undefined
                ? []
                : [
                      {
                          endpoint: `${socket.address}:${socket.port_value}`,
                          answered: Number(stats.find(({ name }) => name === "rq_success")?.value ?? 0),
                      },
                  ],
        ),
    };
}

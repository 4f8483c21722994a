/** What a proxy's upstreams say of the way that requests took. */
import { z } from "zod";
import { ObservationError } from "../observe";

const clustersDump = z.object({
    cluster_statuses: z.array(
        z.object({
            name: z.string(),
            host_statuses: z
                .array(
                    z.object({
                        address: z.object({
                            socket_address: z.object({ address: z.string(), port_value: z.number() }).optional(),
                        }),
                        // Envoy leaves out a value of zero.
                        stats: z.array(z.object({ name: z.string(), value: z.string().default("0") })).default([]),
                    }),
                )
                .default([]),
        }),
    ),
});

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
    let dump;
    try {
        dump = clustersDump.parse(JSON.parse(json));
    } catch {
        throw new ObservationError(`Envoy's clusters are not in the form that is known: ${json.slice(0, 100)}`);
    }
    const prefix = `outbound|${port}||`;
    const cluster = dump.cluster_statuses.find(({ name }) => name.startsWith(`${prefix}${service}.${namespace}.svc.`));
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

/** Answers of Envoy's administration interface. Parsing is pure. */
import type { X509Certificate } from "node:crypto";
import { z } from "zod";
import { parseAnswer } from "./answer";
import { certificatesOf } from "./pem";

/** Certificates that a proxy holds in memory. */
export interface Certificates {
    /** The leaf first, then its issuers. */
    readonly chain: readonly X509Certificate[];
    /** Roots that the proxy trusts. */
    readonly roots: readonly X509Certificate[];
}

/** Trust domain of a workload: `cluster.local` of `URI:spiffe://cluster.local/ns/…`. */
export function domainOf({ chain }: Pick<Certificates, "chain">): string | undefined {
    return /spiffe:\/\/([^/]+)\//.exec(chain[0]?.subjectAltName ?? "")?.[1];
}

export interface Endpoint {
    readonly address: string;
    readonly port: number;
    /** Envoy's word for it, e.g. `HEALTHY`. */
    readonly health: string;
    /** Requests that it answered. */
    readonly answered: number;
    /** Requests that were sent to it; connections, where these are not HTTP. */
    readonly asked: number;
    /** Requests that failed, or that it answered with 5xx. */
    readonly failed: number;
    /** Connections to it that failed. */
    readonly refused: number;
}

/** What a proxy sends requests to, by Envoy's name of it, e.g. `outbound|80||catalog.shop.svc.cluster.local`. */
export interface Upstream {
    readonly name: string;
    readonly endpoints: readonly Endpoint[];
}

/** That of a Service's port. */
export interface ServiceUpstream extends Upstream {
    /** Name of the Service in full, e.g. `catalog.shop.svc.cluster.local`. */
    readonly host: string;
}

export interface ServicePort {
    readonly namespace: string;
    readonly name: string;
    readonly port: number;
}

/** Addresses of an upstream's endpoints. */
export function addressesOf({ endpoints }: Upstream): string[] {
    return endpoints.map(({ address }) => address);
}

const listenersDump = z.object({
    configs: z
        .array(
            z.object({
                active_state: z
                    .object({
                        listener: z.object({
                            filter_chains: z
                                .array(
                                    z.object({
                                        filter_chain_match: z
                                            .object({ server_names: z.array(z.string()).default([]) })
                                            .optional(),
                                    }),
                                )
                                .default([]),
                        }),
                    })
                    .optional(),
            }),
        )
        .default([]),
});

/** @param json Answer of Envoy's `/config_dump?resource=dynamic_listeners`. */
export function parseServerNames(json: string): readonly string[] | undefined {
    const active = parseAnswer("Envoy's listeners", listenersDump, json).configs.flatMap(
        ({ active_state: state }) => state?.listener ?? [],
    );
    return active.length === 0
        ? undefined
        : active.flatMap(({ filter_chains: chains }) =>
              chains.flatMap(({ filter_chain_match: match }) => match?.server_names ?? []),
          );
}

const inlineBytes = z.object({ inline_bytes: z.base64() });
const secretsDump = z.object({
    // Absent in a proxy that has none yet, or needs none while mutual TLS is off.
    configs: z
        .array(
            z.object({
                secret: z.object({
                    name: z.string(),
                    tls_certificate: z.object({ certificate_chain: inlineBytes }).optional(),
                    validation_context: z.object({ trusted_ca: inlineBytes }).optional(),
                }),
            }),
        )
        .default([]),
});

/** @param json Answer of Envoy's `/config_dump?resource=dynamic_active_secrets`; Envoy redacts the keys. */
export function parseSecrets(json: string): Certificates {
    const secrets = parseAnswer("Envoy's secrets", secretsDump, json).configs.map(({ secret }) => secret);
    // Istio's names of the workload's certificate and of its trust bundle.
    const chain = secrets.find(({ name }) => name === "default")?.tls_certificate?.certificate_chain;
    const roots = secrets.find(({ name }) => name === "ROOTCA")?.validation_context?.trusted_ca;
    return { chain: certificates(chain?.inline_bytes), roots: certificates(roots?.inline_bytes) };
}

function certificates(base64: string | undefined): X509Certificate[] {
    return certificatesOf(Buffer.from(base64 ?? "", "base64").toString("utf8"));
}

const clustersDump = z.object({
    cluster_statuses: z.array(
        z.object({
            name: z.string(),
            host_statuses: z
                .array(
                    z.object({
                        // Istio's own agent is behind a Unix socket, which has no such address.
                        address: z.object({
                            socket_address: z.object({ address: z.string(), port_value: z.number() }).optional(),
                        }),
                        health_status: z.object({ eds_health_status: z.string() }).partial().optional(),
                        // Envoy leaves out a value of zero.
                        stats: z.array(z.object({ name: z.string(), value: z.string().default("0") })).default([]),
                    }),
                )
                .default([]),
        }),
    ),
});

/** @param json Answer of Envoy's `/clusters?format=json`. @throws ObservationError when it is something else. */
export function parseUpstreams(json: string): Upstream[] {
    return parseAnswer("Envoy's clusters", clustersDump, json).cluster_statuses.map(
        ({ name, host_statuses: hosts }) => ({
            name,
            endpoints: hosts.flatMap(({ address: { socket_address: socket }, health_status: health, stats }) =>
                socket === undefined
                    ? []
                    : [
                          {
                              address: socket.address,
                              port: socket.port_value,
                              health: health?.eds_health_status ?? "UNKNOWN",
                              answered: countOf(stats, "rq_success"),
                              asked: countOf(stats, "rq_total"),
                              failed: countOf(stats, "rq_error"),
                              refused: countOf(stats, "cx_connect_fail"),
                          },
                      ],
            ),
        }),
    );
}

function countOf(stats: readonly { readonly name: string; readonly value: string }[], name: string): number {
    return Number(stats.find((each) => each.name === name)?.value ?? 0);
}

/** The Service whose port, or a subset of it, an upstream is; undefined for what is no Service of a cluster. */
export function serviceOf({ name: upstream }: Pick<Upstream, "name">): ServicePort | undefined {
    const [, port, name, namespace] = /^outbound\|(\d+)\|[^|]*\|([^.]+)\.([^.]+)\.svc\./.exec(upstream) ?? [];
    return name === undefined || namespace === undefined ? undefined : { name, namespace, port: Number(port) };
}

/** The upstream of a Service's port; undefined when the proxy does not know it. */
export function upstreamOf(
    upstreams: readonly Upstream[],
    { name, namespace, port }: ServicePort,
): ServiceUpstream | undefined {
    const prefix = `outbound|${port}||`;
    const found = upstreams.find((upstream) => upstream.name.startsWith(`${prefix}${name}.${namespace}.svc.`));
    return found && { ...found, host: found.name.slice(prefix.length) };
}

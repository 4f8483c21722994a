import { CROSS_NETWORK_PORT, NETWORK_LABEL } from "../names";

/** Values of the chart `gateway`, as far as this library sets them. */
export interface GatewayValues {
    readonly readinessProbe: Readonly<Record<string, unknown>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly service?: { readonly ports: readonly ServicePort[] };
}

interface ServicePort {
    readonly name: string;
    readonly port: number;
    readonly targetPort: number;
    readonly protocol: string;
}

const STATUS_PORT = 15021;

/** The way in for clients outside of the mesh: the chart's own ports. */
export function ingressValues(): GatewayValues {
    return {
        // The injected probe looks every 15 s, so that a proxy that misses the first look by a moment waits that long.
        // It gives up on a proxy after the same minute.
        readinessProbe: {
            httpGet: { path: "/healthz/ready", port: STATUS_PORT },
            periodSeconds: 1,
            timeoutSeconds: 3,
            failureThreshold: 60,
        },
    };
}

/**
 * A network's gateway without the chart's `networkGateway`: that value also opens 15012 and 15017, which only serve
 * clusters without a control plane of their own and have been the reach of unauthenticated attacks
 * (https://istio.io/latest/news/security/istio-security-2022-003/). Label and environment are what it would set.
 */
export function eastWestValues(network: string): GatewayValues {
    return {
        ...ingressValues(),
        labels: { istio: "eastwestgateway", [NETWORK_LABEL]: network },
        // The gateway then sees only endpoints of its own network, and never sends a request on to a third one.
        env: { ISTIO_META_REQUESTED_NETWORK_VIEW: network },
        service: { ports: [servicePort("status-port", STATUS_PORT), servicePort("tls", CROSS_NETWORK_PORT)] },
    };
}

function servicePort(name: string, port: number): ServicePort {
    return { name, port, targetPort: port, protocol: "TCP" };
}

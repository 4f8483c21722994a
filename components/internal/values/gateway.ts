import type { GatewayArgs, IstioArgs } from "../../istio";
import { CROSS_NETWORK_PORT, ISTIOD_PORTS, NETWORK_LABEL } from "../names";
import type { Fixed } from "./conflicts";
import type { Values } from "./layers";
import type { ValueProblem } from "./problem";
import { isMap } from "./layers";
import { scheduling } from "./workload";

const STATUS_PORT = 15021;

/** Values of any gateway, where a user does not say otherwise. */
export const GATEWAY_DEFAULTS: Values = {
    // The injected probe looks every 15 s, so that a proxy that misses the first look by a moment waits that long.
    // It gives up on a proxy after the same minute.
    readinessProbe: {
        httpGet: { path: "/healthz/ready", port: STATUS_PORT },
        periodSeconds: 1,
        timeoutSeconds: 3,
        failureThreshold: 60,
    },
};

/**
 * A network's gateway without the chart's `networkGateway`: that value also opens 15012 and 15017, which only serve
 * clusters without a control plane of their own and have been the reach of unauthenticated attacks
 * (https://istio.io/latest/news/security/istio-security-2022-003/). Label and environment are what it would set.
 */
export function eastWestIdentity(network: string): Fixed[] {
    const instead = "set `network` of the cluster";
    return [
        { keys: ["labels", "istio"], value: "eastwestgateway", instead: "Gateway resources select it by this label" },
        { keys: ["labels", NETWORK_LABEL], value: network, instead },
        // The gateway then sees only endpoints of its own network, and never sends a request on to a third one.
        { keys: ["env", "ISTIO_META_REQUESTED_NETWORK_VIEW"], value: network, instead },
        { keys: ["networkGateway"], value: undefined, instead },
    ];
}

/** Ports of an east-west gateway, and who dials them. @param shared Whether it leads to this cluster's istiod, too. */
function eastWestPorts(shared: boolean) {
    const remote = "clusters without an istiod";
    return [
        { name: "tls", port: CROSS_NETWORK_PORT, from: "other networks" },
        ...(shared
            ? [
                  { name: "tls-istiod", port: ISTIOD_PORTS.discovery, from: remote },
                  { name: "tls-webhook", port: ISTIOD_PORTS.webhook, from: remote },
              ]
            : []),
    ];
}

/** A user may add ports. */
export function eastWestDefaults(shared: boolean): Values {
    const ports = eastWestPorts(shared).map(({ name, port }) => servicePort(name, port));
    return { ...GATEWAY_DEFAULTS, service: { ports: [servicePort("status-port", STATUS_PORT), ...ports] } };
}

/** What is wrong with the Service of an east-west gateway. @param at Path of the values themselves. */
export function eastWestServiceProblems({ service }: Values, at: string, shared: boolean): ValueProblem[] {
    if (!isMap(service)) return [];
    const { type, ports } = service;
    const isOpen = (port: number): boolean =>
        ports === undefined ||
        (Array.isArray(ports) &&
            ports.some((each) => isMap(each) && each["port"] === port && each["targetPort"] === port));
    return [
        ...eastWestPorts(shared)
            .filter(({ port }) => !isOpen(port))
            .map(({ name, port, from }) => ({
                path: `${at}.service.ports`,
                value: JSON.stringify(ports),
                rule: `${from} dial port ${port}, and these ports lack it`,
                fix: `Add ${JSON.stringify(servicePort(name, port))}.`,
            })),
        ...(type === "None"
            ? [
                  {
                      path: `${at}.service.type`,
                      value: '"None"',
                      rule: "without a Service no other network can dial the gateway",
                      fix: "Use LoadBalancer, NodePort or ClusterIP.",
                  },
              ]
            : []),
    ];
}

/** Values of chart `gateway` for the typed settings. */
export function gatewaySettings(gateway: GatewayArgs, { pullSecrets }: IstioArgs): Values {
    const { replicas, autoscaling, disruptionBudget: budget, service } = gateway;
    return {
        ...(pullSecrets === undefined ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
        ...(replicas === undefined ? {} : { autoscaling: { enabled: false }, replicaCount: replicas }),
        ...(autoscaling === undefined
            ? {}
            : { autoscaling: { enabled: true, minReplicas: autoscaling.min, maxReplicas: autoscaling.max } }),
        ...(service === undefined ? {} : { service }),
        ...(budget === undefined ? {} : { podDisruptionBudget: budget }),
        ...scheduling(gateway),
    };
}

function servicePort(name: string, port: number): Values {
    return { name, port, targetPort: port, protocol: "TCP" };
}

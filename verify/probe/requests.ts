import type { DialAction, DialTls, GetAction } from "./pods/protocol";
import type { ServicePort } from "../observe/envoyAnswers";
import type { Probe } from "./check";
import { SERVICE_PORT } from "./manifests";

/** A Service of the probe, as proxies know it. */
export function servicePort({ namespace }: Probe, name: string): ServicePort {
    return { namespace, name, port: SERVICE_PORT };
}

/** A request to a Service of the probe through the own sidecar, which listens on the loopback. */
export function throughSidecar({ namespace }: Probe, service: string): GetAction {
    return { url: `http://127.0.0.1:${SERVICE_PORT}/`, host: `${service}.${namespace}:${SERVICE_PORT}` };
}

/** A request to a Service of the probe without any proxy. */
export function direct({ namespace }: Probe, service: string): GetAction {
    return { url: `http://${service}.${namespace}:${SERVICE_PORT}/` };
}

/**
 * A request to a Service's port as a sidecar of the mesh sends it to a gateway, or to a pod.
 * https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings-TLSmode
 *
 * @param shown What this side shows and trusts, and whom it takes for the server.
 */
export function asSidecar(
    method: string,
    { host, port }: { readonly host: string; readonly port: number },
    shown: Omit<DialTls, "serverName" | "alpn">,
): Pick<DialAction, "send" | "tls"> {
    return {
        send: `${method} / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        tls: { serverName: `outbound_.${port}_._.${host}`, alpn: "istio", ...shown },
    };
}

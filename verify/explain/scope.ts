/** What a client's proxy is told of a Service: by the Service's own word, and by Sidecars. Pure. */
import { covers, isExported } from "../observe/hosts";
import { selects } from "../observe/objects";
import type { Sidecar } from "../observe/istioResources";

/** Annotation of a Service. https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo */
export const EXPORT_TO = "networking.istio.io/exportTo";

export function isServiceExported(
    annotations: Readonly<Record<string, string>> | undefined,
    from: string,
    to: string,
): boolean {
    return isExported(
        annotations?.[EXPORT_TO]?.split(",").map((entry) => entry.trim()),
        from,
        to,
    );
}

export interface Client {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
}

/**
 * The Sidecar that applies to a pod: one that selects it, else one of its namespace, else one of the root namespace.
 * https://istio.io/latest/docs/reference/config/networking/sidecar/
 */
export function sidecarOf(all: readonly Sidecar[], { namespace, labels }: Client, root: string): Sidecar | undefined {
    const own = all.filter(({ metadata }) => metadata.namespace === namespace);
    const isForAll = ({ spec }: Sidecar): boolean => spec.workloadSelector === undefined;
    return (
        own.find(({ spec }) => spec.workloadSelector !== undefined && selects(spec.workloadSelector.labels, labels)) ??
        own.find(isForAll) ??
        all.find((each) => each.metadata.namespace === root && isForAll(each))
    );
}

/** Whether a Sidecar has its pods know a Service. */
export function reaches({ metadata, spec }: Sidecar, service: string, namespace: string): boolean {
    return (
        spec.egress?.some(({ hosts }) =>
            hosts.some((entry) => {
                const [place = "", host = ""] = entry.split("/");
                const isPlace =
                    place === "*" || place === namespace || (place === "." && metadata.namespace === namespace);
                return isPlace && covers(host, service);
            }),
        ) ?? true
    );
}

/** Where a client's proxy sends a request: by VirtualServices and DestinationRules. Pure. */
import { covers, fullName, inFull, isExported } from "../observe/hosts";
import { selects } from "../observe/objects";
import type { Client } from "./scope";
import type { DestinationRule, HttpRoute, VirtualService } from "../observe/istioResources";

export interface Routed {
    /** What the request is for: the full name of a Service, or another host. */
    readonly host: string;
    /** Whether it is the name of the Service. */
    readonly isOwnName: boolean;
    /** Last part of the full names of Services. */
    readonly domain: string;
    readonly port: number;
    readonly path: string | undefined;
}

/** The VirtualService that a client's proxy has for a host; undefined where requests go to the Service as it is. */
export function virtualServiceOf(
    all: readonly VirtualService[],
    client: Client,
    { host: asked, domain }: Routed,
): VirtualService | undefined {
    return all.find(
        ({ metadata: { namespace }, spec }) =>
            spec.gateways.includes("mesh") &&
            isExported(spec.exportTo, namespace, client.namespace) &&
            spec.hosts.some((host) => covers(inFull(host, namespace, domain), asked)),
    );
}

/** The Service that a host of a rule stands for; undefined for what is no name of one. */
export function serviceNamed(
    host: string,
    ruleNamespace: string,
    domain: string,
): { readonly name: string; readonly namespace: string } | undefined {
    const [name = "", namespace = "", ...rest] = inFull(host, ruleNamespace, domain).split(".");
    return rest.join(".") === `svc.${domain}` ? { name, namespace } : undefined;
}

/** Index of the route that takes the request. One that looks at headers may, so that no other is certain. */
export function routeOf(
    { spec: { http } }: VirtualService,
    client: Client,
    request: Routed,
): { readonly index: number; readonly route: HttpRoute; readonly certain: boolean } | undefined {
    let certain = true;
    for (const [index, route] of http.entries()) {
        const takes = route.match.map(({ uri, port, headers, sourceLabels, sourceNamespace }) => {
            const isOther =
                (port !== undefined && port !== request.port) ||
                (sourceNamespace !== undefined && sourceNamespace !== client.namespace) ||
                (sourceLabels !== undefined && !selects(sourceLabels, client.labels)) ||
                (request.path !== undefined &&
                    ((uri?.exact !== undefined && uri.exact !== request.path) ||
                        (uri?.prefix !== undefined && !request.path.startsWith(uri.prefix))));
            if (isOther) return "no";
            const isUnknown = uri !== undefined && (request.path === undefined || uri.regex !== undefined);
            return headers === undefined && !isUnknown ? "yes" : "maybe";
        });
        if (route.match.length === 0 || takes.includes("yes")) return { index, route, certain };
        if (takes.includes("maybe")) certain = false;
    }
    return undefined;
}

/** DestinationRules of a host in the order in which Istio looks: the client's namespace, the Service's, the root one. */
export function destinationRulesOf(
    all: readonly DestinationRule[],
    client: Client,
    { name, namespace, domain }: { readonly name: string; readonly namespace: string; readonly domain: string },
    root: string,
): DestinationRule[] {
    const seen = all.filter(
        ({ metadata, spec }) =>
            isExported(spec.exportTo, metadata.namespace, client.namespace) &&
            covers(inFull(spec.host, metadata.namespace, domain), fullName({ name, namespace }, domain)),
    );
    const found = [client.namespace, namespace, root].map((place) =>
        seen.filter(({ metadata }) => metadata.namespace === place),
    );
    // A rule of one host wins over one of a wildcard.
    const isExact = ({ spec }: DestinationRule): boolean => !spec.host.startsWith("*");
    const [first = []] = found.filter((rules) => rules.length > 0);
    return first.some(isExact) ? first.filter(isExact) : first;
}

/** The field by which a rule has clients use something else than mutual TLS of the mesh, and the mode. */
export function otherTls(
    { spec }: DestinationRule,
    port: number,
    subset: string | undefined,
): { readonly field: string; readonly mode: string } | undefined {
    const index = spec.subsets.findIndex(({ name }) => name === subset);
    const levels = [
        { policy: spec.subsets[index]?.trafficPolicy, at: `spec.subsets[${index}].trafficPolicy` },
        { policy: spec.trafficPolicy, at: "spec.trafficPolicy" },
    ];
    for (const { policy, at } of levels) {
        const ofPort = policy?.portLevelSettings.findIndex((each) => each.port?.number === port) ?? -1;
        const settings = [
            { tls: policy?.portLevelSettings[ofPort]?.tls, field: `${at}.portLevelSettings[${ofPort}].tls.mode` },
            { tls: policy?.tls, field: `${at}.tls.mode` },
        ];
        const decides = settings.find(({ tls }) => tls?.mode !== undefined);
        const mode = decides?.tls?.mode;
        if (decides !== undefined && mode !== undefined) {
            return mode === "ISTIO_MUTUAL" ? undefined : { field: decides.field, mode };
        }
    }
    return undefined;
}

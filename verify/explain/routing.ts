/** The hops that decide where a client's proxy sends a request: VirtualService and DestinationRules. */
import type { DestinationRule, VirtualService } from "../observe/istioResources";
import type { Asked } from "./asked";
import { ends, type Hop, named, passes, unseen } from "./hop";
import { destinationRulesOf, otherTls, routeOf, type Routed, serviceNamed, virtualServiceOf } from "./route";
import type { Client } from "./scope";

export interface Routes {
    readonly virtualServices: readonly VirtualService[];
    readonly destinationRules: readonly DestinationRule[];
    /** Namespace whose rules are for all others. */
    readonly root: string;
}

/** What the client's proxy sends the request to. */
export interface Destination {
    readonly service: Asked["service"];
    readonly port: number;
    readonly subset: string | undefined;
}

interface Walked {
    readonly hops: readonly Hop[];
    /** Set where the request goes on. */
    readonly to?: Destination;
}

/** @param asked By the name of a Service, or by another host that a VirtualService has. */
export function walkRoutes(asked: Asked, client: Client, routed: Routed, routes: Routes): Walked {
    const { hop, to } = routeHop(asked, client, routed, routes);
    const hops = hop === undefined ? [] : [hop];
    if (to === undefined) return { hops };
    const { cluster } = asked;
    for (const rule of rulesFor(to.service, client, routed, routes)) {
        const tls = otherTls(rule, to.port, to.subset);
        const seen = `${rule.metadata.namespace}/${rule.metadata.name} is for ${rule.spec.host}`;
        if (tls === undefined) {
            hops.push(passes("DestinationRule", cluster, seen));
            continue;
        }
        const culprit = { kind: "DestinationRule", ...rule.metadata, cluster, field: tls.field };
        hops.push(
            ends("DestinationRule", cluster, `${seen}: TLS ${tls.mode}`, {
                cause: `${named(culprit)} is ${tls.mode}: the client's proxy does not show its certificate of the mesh, which gateways and sidecars ask for.`,
                fix: "Set it to ISTIO_MUTUAL, or remove it.",
                culprit,
            }),
        );
        return { hops };
    }
    return { hops, to };
}

function rulesFor(service: Destination["service"], client: Client, { domain }: Routed, routes: Routes) {
    return destinationRulesOf(routes.destinationRules, client, { ...service, domain }, routes.root);
}

function routeHop(
    { cluster, service }: Asked,
    client: Client,
    routed: Routed,
    routes: Routes,
): { readonly hop?: Hop; readonly to?: Destination } {
    const at = "VirtualService";
    const asIs = { to: { service, port: routed.port, subset: undefined } };
    const virtual = virtualServiceOf(routes.virtualServices, client, routed);
    // One without routes of HTTP is for TCP or TLS.
    if (virtual === undefined || virtual.spec.http.length === 0) {
        if (routed.isOwnName) return asIs;
        const asService = `${service.name}.${service.namespace}`;
        const seen = `none of the mesh that the client sees has host ${routed.host}`;
        return {
            hop: ends(at, cluster, seen, {
                cause: `${routed.host} is no name of ${asService}, and no VirtualService has it: the client's proxy sends the request elsewhere.`,
                fix: `Ask by ${asService}, or add the host to a VirtualService that routes to it, with \`mesh\` among its gateways.`,
            }),
        };
    }
    const { metadata } = virtual;
    const name = `${metadata.namespace}/${metadata.name}`;
    const culprit = (field: string) => ({ kind: at, ...metadata, cluster, field });
    const end = (field: string, cause: string, fix: string) => ({
        hop: ends(at, cluster, `${name} takes the request`, {
            cause: `${named(culprit(field))} ${cause}`,
            fix,
            culprit: culprit(field),
        }),
    });
    const mayEnd = (seen: string) => ({ hop: unseen(at, cluster, `${name}: ${seen}`) });
    const taken = routeOf(virtual, client, routed);
    if (taken === undefined) {
        return end(
            "spec.http",
            `has no route for ${routed.path ?? "the request"}: the proxy answers 404.`,
            "Add a route without a match at its end.",
        );
    }
    const { index, route, certain } = taken;
    const field = `spec.http[${index}]`;
    if (!certain) {
        const { hop } = mayEnd(`an earlier route than ${field} may take the request, by its headers or a pattern`);
        return routed.isOwnName ? { hop, ...asIs } : { hop };
    }
    if (route.fault?.abort?.percentage?.value === 100) {
        return end(`${field}.fault.abort`, "aborts every request.", "Remove it.");
    }
    const targets = route.route.map(({ destination: { host, subset, port } }) => ({
        ...{ host, subset, port: port?.number ?? routed.port },
        service: serviceNamed(host, metadata.namespace, routed.domain),
    }));
    const missing = targets.findIndex(({ service, subset }) => {
        if (service === undefined || subset === undefined) return false;
        const rules = rulesFor(service, client, routed, routes);
        return !rules.some(({ spec }) => spec.subsets.some((one) => one.name === subset));
    });
    const lacking = targets[missing];
    if (lacking?.subset !== undefined) {
        return end(
            `${field}.route[${missing}].destination.subset`,
            `sends it to subset ${lacking.subset} of ${lacking.host}, which no DestinationRule has: the proxy answers 503.`,
            `Add subset ${lacking.subset} to the DestinationRule of the host, or remove it here.`,
        );
    }
    const [first, ...others] = targets;
    if (route.directResponse !== undefined) {
        const { status } = route.directResponse;
        return end(`${field}.directResponse`, `has the client's proxy answer ${status} itself.`, "Remove it.");
    }
    if (route.redirect !== undefined) {
        return end(`${field}.redirect`, "sends the client elsewhere.", "Remove it, or follow the request to there.");
    }
    if (first === undefined) return mayEnd(`${field} leaves it to another VirtualService`);
    if (first.service === undefined) return mayEnd(`${field} sends it to ${first.host}, which is no Service`);
    const isOther = first.service.name !== service.name || first.service.namespace !== service.namespace;
    const seen = [
        `${name}, ${field}`,
        ...(isOther ? [` sends it to ${first.service.name}.${first.service.namespace}`] : []),
        ...(others.length === 0 ? [] : [`; ${others.length} more have shares, and are not followed`]),
    ].join("");
    const to = { ...{ port: first.port, subset: first.subset }, service: isOther ? first.service : service };
    return { hop: passes(at, cluster, seen), to };
}

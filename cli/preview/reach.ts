/** Which services clients find in other clusters, and other networks behind gateways, as a change of hosts has it. */
import type { PropertyChange } from "../../hosts/interface/steps";

/** What other networks find behind a gateway whose hosts change. */
export function reachMeans(cluster: string, changes: readonly PropertyChange[]): string {
    const { before, after } = hostsAt(/^spec\.servers\[\d+\]\.hosts/, changes);
    const all = after.includes(EVERY);
    const come = all ? [EVERY] : after.filter((host) => !before.includes(host));
    const gone = all ? [] : before.filter((host) => !after.includes(host));
    const lost = gone.map((host) => (host === EVERY ? "any other service" : host));
    return [
        ...(come.length > 0 ? [`Other networks reach ${come.join(", ")} in ${cluster}.`] : []),
        ...(lost.length > 0 ? [`**Other networks no longer reach ${lost.join(", ")} in ${cluster}.**`] : []),
    ].join(" ");
}

/** What a cluster's istiod no longer lets its clients find in other clusters. */
export function lostMeans(cluster: string, changes: readonly PropertyChange[]): string[] {
    const { before, after } = hostsAt(/^values\.meshConfig\.serviceSettings\[\d+\]\.hosts/, changes);
    const lost = before.filter((host) => !after.includes(host));
    return lost.length > 0 ? [`**Clients in ${cluster} no longer find ${lost.join(", ")} in other clusters.**`] : [];
}

/** Names of services in a list of hosts, as far as that changes: what comes before another moves all behind it. */
function hostsAt(
    where: RegExp,
    changes: readonly PropertyChange[],
): { readonly before: readonly string[]; readonly after: readonly string[] } {
    const hosts = changes.filter(({ path }) => where.test(path));
    const named = (values: readonly (string | undefined)[]): string[] =>
        values.flatMap((value) => (value === undefined || value.includes('"no-service.') ? [] : [nameOfHost(value)]));
    return { before: named(hosts.map((each) => each.before)), after: named(hosts.map((each) => each.after)) };
}

const EVERY = "every service";

function nameOfHost(host: string): string {
    return host === '"*.local"' ? EVERY : host.replace(/"|\.svc\.cluster\.local/g, "");
}

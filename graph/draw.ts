/** Lays what was found over what is declared. */
import type { DeclaredCluster, DeclaredMesh } from "../verify/mesh";
import { gatewayOf, type Found, type Survey } from "../verify/survey";
import type { Traffic } from "../verify/traffic";
import { short } from "./model";
import type { Card, Difference, Hop, MeshGraph, Row, Standing } from "./model";
import { drawDiscoveries, drawTrust } from "./relations";
import { flowsOf, withTraffic } from "./traffic";

const DAY = 86_400_000;

/**
 * @param declared What the mesh is to be.
 * @param surveys What was found; a declared cluster without a survey has not been made yet.
 * @param now Certificates' days are counted from it.
 * @param traffic What was counted, where somebody counted.
 */
export function drawMesh(declared: DeclaredMesh, surveys: readonly Survey[], now: Date, traffic?: Traffic): MeshGraph {
    const surveyOf = (name: string): Survey | undefined => surveys.find(({ cluster }) => cluster === name);
    const strangers = surveys.filter(({ cluster }) => declared.clusters.every(({ name }) => name !== cluster));
    const drawn = [
        ...declared.clusters.map((cluster) => drawCluster(cluster, surveyOf(cluster.name), declared, now)),
        ...strangers.map((survey) => drawStranger(survey, declared, now)),
    ];
    const { roots, trusts } = drawTrust(declared, surveys);
    const discoveries = drawDiscoveries(declared, surveys);
    const { request, meshId, trustDomain } = declared;
    const flows = flowsOf(traffic?.calls ?? []);
    return {
        name: meshId ?? surveys.find(({ found }) => found?.meshId)?.found?.meshId ?? "mesh",
        ...(trustDomain === undefined ? {} : { trustDomain }),
        cards: drawn.map(({ card }) => withTraffic(card, flows)),
        roots,
        trusts,
        discoveries,
        path: request === undefined ? [] : hopsOf(request),
        ...(request === undefined ? {} : { request: `GET ${request.url} (Host: ${request.host})` }),
        ...(traffic && { traffic: { ...traffic, flows } }),
        differences: [
            ...drawn.flatMap(({ differences }) => differences),
            ...trusts.flatMap(({ root, cluster, standing }) =>
                differs(standing, `${cluster}: trusted root`, `SHA-256 ${short(root)}`),
            ),
            ...discoveries.flatMap(({ from, to, status, standing }) =>
                differs(standing, `${from}: remote Secret of ${to}`, "synced", status),
            ),
        ],
    };
}

interface Drawn {
    readonly card: Card;
    readonly differences: readonly Difference[];
}

function drawCluster(cluster: DeclaredCluster, survey: Survey | undefined, mesh: DeclaredMesh, now: Date): Drawn {
    const { name, clusterName, network } = cluster;
    const found = survey?.found;
    if (found === undefined) {
        const reason = survey?.unreadable ?? "not there yet";
        const rows = rowsOf(cluster, undefined, mesh, now);
        return {
            card: { name, clusterName, network, standing: "not there", rows },
            differences: [{ where: name, declared: "a cluster of the mesh", found: reason }],
        };
    }
    const gateway = gatewayOf(found);
    const compared: [string, string | undefined, string | undefined][] = [
        ["cluster name", clusterName, found.clusterName],
        ["network", network, found.network],
        ["mesh id", mesh.meshId, found.meshId],
        ["trust domain", mesh.trustDomain, found.trustDomain],
        ["east-west gateway", cluster.eastWestGateway?.address, gateway?.address],
        ["ingress gateway", cluster.ingressAddress, found.ingress[0]],
    ];
    const differences = compared.flatMap(([what, wanted, seen]) =>
        wanted === undefined || wanted === seen || (seen === undefined && found.unseen.length > 0)
            ? []
            : [{ where: `${name}: ${what}`, declared: wanted, found: seen ?? "none" }],
    );
    const closed = found.gateways.filter((each) => each.network === found.network && !isOpen(each));
    return {
        card: {
            name,
            clusterName: found.clusterName ?? clusterName,
            network: found.network ?? network,
            standing: differences.length === 0 ? "as declared" : "different",
            rows: rowsOf(cluster, found, mesh, now),
        },
        differences: [
            ...found.unseen.map((why) => ({ where: name, declared: "can be seen as a whole", found: why })),
            ...differences,
            ...closed.map(({ name: service, pods }) => ({
                where: `${name}: ${service}`,
                declared: "ready pods, port 15443 open",
                found: pods === 0 ? "no ready pod" : "port 15443 closed",
            })),
        ],
    };
}

function drawStranger({ cluster: name, found, unreadable }: Survey, mesh: DeclaredMesh, now: Date): Drawn {
    const { clusterName = name, network = "unknown" } = found ?? {};
    const rows = rowsOf({ name, clusterName, network }, found, mesh, now);
    return {
        card: {
            name,
            clusterName,
            network,
            standing: "not declared",
            rows: rows.map((row) => ({ ...row, standing: "not declared" })),
        },
        differences: [{ where: name, declared: "no such cluster", found: unreadable ?? "a cluster with istiod" }],
    };
}

function rowsOf(
    cluster: DeclaredCluster,
    found: Found | undefined,
    { request }: DeclaredMesh,
    now: Date,
): readonly Row[] {
    const there: Standing = found === undefined ? "not there" : "as declared";
    const rows: Row[] = [];
    const row = (part: Row["part"], label: string, value: string, standing: Standing = there): void => {
        rows.push({ part, label, value, standing });
    };
    row("api", "Kubernetes", found === undefined ? "" : `${found.kubernetes} at ${new URL(found.apiServer).host}`);
    const outside = cluster.external === undefined ? "" : `, in ${cluster.external.name}`;
    const istiod =
        cluster.primary === undefined ? found?.istio && `${found.istio}${outside}` : `that of ${cluster.primary}`;
    row("istiod", "istiod", istiod ?? "", found === undefined || istiod !== undefined ? there : "not there");
    const { intermediate } = found ?? {};
    const days = intermediate && Math.floor((intermediate.validTo.getTime() - now.getTime()) / DAY);
    const signs = days === undefined ? "" : `SHA-256 ${short(intermediate?.fingerprint)}, ${days} days left`;
    row("ca", "intermediate CA", signs, intermediate === undefined || (days ?? 0) < 0 ? "not there" : there);
    const gateway = found === undefined ? cluster.eastWestGateway : gatewayOf(found);
    const own = found?.gateways.find((each) => each.network === found.network);
    const moved = cluster.eastWestGateway !== undefined && cluster.eastWestGateway.address !== gateway?.address;
    row(
        "gateway",
        "east-west gateway",
        gateway === undefined ? "" : `${gateway.address}:${gateway.port}`,
        found === undefined || own === undefined ? "not there" : moved || !isOpen(own) ? "different" : there,
    );
    const ingress = found === undefined ? cluster.ingressAddress : found.ingress[0];
    if (ingress !== undefined) {
        const other = cluster.ingressAddress !== undefined && cluster.ingressAddress !== ingress;
        row("ingress", "ingress gateway", ingress, other ? "different" : there);
    }
    const apps = [
        ...(request?.through === cluster.name ? [request.client.app] : []),
        ...(request?.answeredBy.includes(cluster.name) === true ? [request.service.name] : []),
    ];
    if (apps.length > 0) {
        row("apps", "apps", apps.join(", "));
    }
    return rows;
}

function isOpen({ pods, isOpen: opened }: Found["gateways"][number]): boolean {
    return pods > 0 && opened;
}

function hopsOf({ through, answeredBy }: NonNullable<DeclaredMesh["request"]>): Hop[] {
    const ingress = { cluster: through, part: "ingress" } as const;
    const client = { cluster: through, part: "apps" } as const;
    return [
        { to: ingress },
        ...answeredBy
            .filter((cluster) => cluster !== through)
            .map((cluster) => ({ from: client, to: { cluster, part: "gateway" } as const })),
    ];
}

function differs(standing: Standing, where: string, declared: string, found = "none"): Difference[] {
    switch (standing) {
        case "as declared":
            return [];
        case "not declared":
            return [{ where, declared: "none", found: declared }];
        case "not there":
            return [{ where, declared, found: "none" }];
        case "different":
            return [{ where, declared, found }];
    }
}

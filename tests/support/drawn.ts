/** Meshes of any size to draw, as surveys find them. */
import type { DeclaredMesh } from "../../verify";
import type { Found, Survey } from "../../verify/survey";
import { drawMesh, type MeshGraph } from "../../graph";
import { gatewayService } from "./gatewayService";

export const NOW = new Date("2026-11-24T12:00:00Z");
const root = { subject: "O=usmesh, CN=Root CA", fingerprint: pairs("DA"), validTo: new Date("2036-11-21T00:00:00Z") };

/** A mesh where everything is as declared, each cluster on a network of its own. */
export function drawable(count: number): { declared: DeclaredMesh; surveys: Survey[] } {
    const names = ["west", "east", ...Array.from({ length: count }, (_, index) => `c${index + 3}`)].slice(0, count);
    const clusters = names.map((name, index) => ({
        name,
        clusterName: `${name}-cluster`,
        network: `${name}-network`,
        eastWestGateway: { address: `10.89.0.${100 + index}`, port: 15443 },
        ...(name === "west" ? { ingressAddress: "10.89.0.40" } : {}),
    }));
    const request = {
        through: "west",
        url: "http://10.89.0.40/api/catalog",
        host: "webapp.istioinaction.io",
        client: { namespace: "istioinaction", app: "webapp" },
        service: { namespace: "istioinaction", name: "catalog", port: 80 },
        answeredBy: names.filter((name) => name !== "west").slice(0, 3),
    };
    const surveys = clusters.map(({ name, clusterName, network, eastWestGateway, ingressAddress }, index): Survey => {
        const peers = clusters.filter((other) => other.name !== name);
        const gateway = gatewayService({ name: "istio-eastwestgateway", network, dials: [eastWestGateway] });
        const found: Found = {
            apiServer: `https://10.89.0.${index + 2}:6443`,
            kubernetes: "v1.34.4",
            istio: "1.31.1",
            clusterName,
            network,
            meshId: "usmesh",
            trustDomain: "cluster.local",
            gateways: [gateway],
            ingress: ingressAddress === undefined ? [] : [ingressAddress],
            remotes: peers.map((peer) => ({
                secret: `istio-remote-secret-${peer.clusterName}`,
                clusterName: peer.clusterName,
                server: `https://10.89.0.${clusters.indexOf(peer) + 2}:6443`,
                hasCa: true,
                credentials: ["token"],
            })),
            istiods: [
                { pod: "istiod-0", clusters: clusters.map((each) => ({ id: each.clusterName, syncStatus: "synced" })) },
            ],
            intermediate: {
                subject: `O=usmesh, L=${name}, CN=Intermediate CA`,
                fingerprint: pairs(index.toString(16).padStart(2, "0").toUpperCase()),
                validTo: new Date("2028-11-23T12:00:00Z"),
            },
            roots: [root],
            unseen: [],
        };
        return { cluster: name, found };
    });
    return { declared: { meshId: "usmesh", trustDomain: "cluster.local", clusters, request }, surveys };
}

/** Two clusters, found as `changes` of east say. */
export function drawEast(changes: Partial<Found>): MeshGraph {
    const { declared, surveys } = drawable(2);
    return drawMesh(
        declared,
        surveys.map(({ cluster, found }) =>
            cluster === "east" && found !== undefined
                ? { cluster, found: { ...found, ...changes } }
                : { cluster, ...(found && { found }) },
        ),
        NOW,
    );
}

/** A fingerprint of one byte again and again. */
function pairs(byte: string): string {
    return Array.from({ length: 32 }, () => byte).join(":");
}

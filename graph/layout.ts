/** Places a mesh on a plane: the Eclipse Layout Kernel decides where, this file what belongs to what. */
import Elk, { type ElkExtendedEdge, type ElkNode, type ElkPort } from "elkjs";
import type { Card, Discovery, MeshGraph, Root, Row, Standing, Stop } from "./model";
import { short } from "./model";
import { flowWords } from "./traffic";

/** Up to so many clusters every remote Secret is drawn; of more, only those that are not as declared. */
export const MOST_CLUSTERS_WITH_ALL_LINES = 6;
/** Wide enough for any character of the fonts that the picture names. Pixels. */
const CHARACTER = 7.4;
const LABEL_WIDTH = 17 * CHARACTER;
const PADDING = 12;
export const HEADER_HEIGHT = 46;
export const ROW_HEIGHT = 22;
const ROOT_HEIGHT = 50;
const LEGEND_HEIGHT = 64;
const MARGIN = 16;

export interface Box {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

export interface Line {
    readonly kind: "trust" | "discovery" | "request" | "traffic";
    readonly standing: Standing;
    readonly points: readonly { readonly x: number; readonly y: number }[];
    /** Whether it leads both ways. */
    readonly both: boolean;
    /** What it says, in words. */
    readonly title: string;
}

export interface Plan {
    readonly width: number;
    readonly height: number;
    readonly networks: readonly (Box & { readonly name: string })[];
    readonly cards: readonly (Box & { readonly card: Card })[];
    readonly roots: readonly (Box & { readonly root: Root })[];
    /** The client outside of all clusters; absent without a reference request. */
    readonly outside?: Box;
    readonly lines: readonly Line[];
    /** Remote Secrets that are not drawn, since all are as declared. */
    readonly undrawn: number;
    readonly legend: Box;
}

/** A line before it has a place. */
interface Tie extends Omit<Line, "points"> {
    readonly from: string;
    readonly to: string;
}

export async function layout(graph: MeshGraph): Promise<Plan> {
    const ties = tiesOf(graph);
    const mesh: ElkNode = {
        id: "mesh",
        layoutOptions: {
            "elk.algorithm": "layered",
            "elk.direction": "RIGHT",
            "elk.hierarchyHandling": "INCLUDE_CHILDREN",
            "elk.edgeRouting": "ORTHOGONAL",
            "elk.json.edgeCoords": "ROOT",
            "elk.json.shapeCoords": "ROOT",
            "elk.spacing.nodeNode": "24",
            "elk.layered.spacing.nodeNodeBetweenLayers": "72",
            "elk.layered.spacing.edgeNodeBetweenLayers": "20",
            "elk.padding": `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
        },
        children: [...outsideOf(graph), ...graph.roots.map(rootNode), ...networkNodes(graph.cards)],
        edges: ties.map(({ from, to }, index): ElkExtendedEdge => ({ id: `${index}`, sources: [from], targets: [to] })),
    };
    const placed = await new Elk().layout(mesh);
    const nodes = flatten(placed);
    const boxes = new Map(nodes.map((node) => [node.id, boxOf(node)]));
    const at = (id: string): Box => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
    const pointsOf = new Map((placed.edges ?? []).map(({ id, sections = [] }) => [id, sections]));
    const { width = 0, height = 0 } = placed;
    const outside = boxes.get("outside");
    return {
        width: Math.max(width, graph.traffic === undefined ? 640 : 880),
        height: height + LEGEND_HEIGHT,
        networks: [...new Set(graph.cards.map(({ network }) => network))].map((name) => ({
            name,
            ...at(`network ${name}`),
        })),
        cards: graph.cards.map((card) => ({ card, ...at(card.name) })),
        roots: graph.roots.map((root) => ({ root, ...at(root.fingerprint) })),
        ...(outside === undefined ? {} : { outside }),
        lines: ties.map(({ kind, standing, both, title }, index) => ({
            kind,
            standing,
            both,
            title,
            points: (pointsOf.get(`${index}`) ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
                startPoint,
                ...bendPoints,
                endPoint,
            ]),
        })),
        undrawn: graph.discoveries.length - drawnDiscoveries(graph).length,
        legend: { x: MARGIN, y: height, width: width - 2 * MARGIN, height: LEGEND_HEIGHT },
    };
}

function tiesOf(graph: MeshGraph): Tie[] {
    const discoveries = drawnDiscoveries(graph);
    const back = ({ from, to, standing }: Discovery): Discovery | undefined =>
        discoveries.find((other) => other.from === to && other.to === from && other.standing === standing);
    const rank = rankOf(graph);
    return [
        ...graph.trusts.map(({ root, cluster, standing }): Tie => ({
            kind: "trust",
            standing,
            both: false,
            from: root,
            to: portId({ cluster, part: "ca" }, "WEST"),
            title: `${cluster} trusts the root ${short(root)}: ${standing}`,
        })),
        ...discoveries
            // Both ways are one line, where both stand alike; what leads to no cluster of the picture is in its list.
            .filter((each) => rank(each.to) >= 0 && (back(each) === undefined || rank(each.from) < rank(each.to)))
            .map((each): Tie => ({
                kind: "discovery",
                standing: each.standing,
                both: back(each) !== undefined,
                from: portId({ cluster: each.from, part: "istiod" }, "EAST"),
                to: portId({ cluster: each.to, part: back(each) === undefined ? "api" : "istiod" }, "WEST"),
                title: `${each.from} ${verb(each)} ${each.to}${back(each) === undefined ? "" : ", and back"}: ${each.standing}`,
            })),
        ...graph.path.map(({ from, to }): Tie => ({
            kind: "request",
            standing: "as declared",
            both: false,
            from: from === undefined ? "outside" : portId(from, "EAST"),
            to: portId(to, "WEST"),
            title: `the reference request, from ${from === undefined ? "outside" : from.cluster} to ${to.cluster}`,
        })),
        ...(graph.traffic?.flows ?? []).map((flow): Tie => ({
            kind: "traffic",
            standing: "as declared",
            both: false,
            from: portId({ cluster: flow.from, part: "traffic" }, "EAST"),
            to: portId({ cluster: flow.to, part: flow.gateways.length === 0 ? "api" : "gateway" }, "WEST"),
            title: flowWords(flow),
        })),
    ];
}

/** Place of a cluster in the order in which requests meet them, so that lines lead one way; -1 for none of the picture. */
function rankOf({ cards, path }: MeshGraph): (cluster: string) => number {
    const met = [...path.map(({ to }) => to.cluster), ...cards.map(({ name }) => name)];
    return (cluster) => met.indexOf(cluster);
}

/** What one cluster's istiod does in another. */
export function verb({ serves }: Discovery): string {
    return serves ? "discovers and serves" : "discovers";
}

function drawnDiscoveries({ cards, discoveries }: MeshGraph): readonly Discovery[] {
    return cards.length <= MOST_CLUSTERS_WITH_ALL_LINES
        ? discoveries
        : discoveries.filter(({ standing }) => standing !== "as declared");
}

function outsideOf({ path }: MeshGraph): ElkNode[] {
    return path.length === 0 ? [] : [{ id: "outside", width: 8 * CHARACTER + 2 * PADDING, height: 32 }];
}

function rootNode({ fingerprint, subject = "root", standing }: Root): ElkNode {
    const longest = Math.max(subject.length + badge(standing), short(fingerprint).length + 8);
    return { id: fingerprint, width: longest * CHARACTER + 2 * PADDING, height: ROOT_HEIGHT };
}

function networkNodes(cards: readonly Card[]): ElkNode[] {
    return [...new Set(cards.map(({ network }) => network))].map((network) => ({
        id: `network ${network}`,
        layoutOptions: { "elk.padding": "[top=30,left=12,bottom=12,right=12]" },
        children: cards.filter((card) => card.network === network).map(cardNode),
    }));
}

function cardNode({ name, clusterName, rows }: Card): ElkNode {
    const longest = Math.max(
        ...rows.map(({ value, standing }) => LABEL_WIDTH + (value.length + badge(standing)) * CHARACTER),
    );
    const header = (name.length + clusterName.length + 18) * CHARACTER;
    const width = Math.max(longest, header) + 2 * PADDING;
    const port = (row: Row, index: number, side: "EAST" | "WEST"): ElkPort => ({
        id: portId({ cluster: name, part: row.part }, side),
        x: side === "WEST" ? 0 : width,
        y: rowMiddle(index),
        width: 0,
        height: 0,
        layoutOptions: { "elk.port.side": side },
    });
    return {
        id: name,
        width,
        height: HEADER_HEIGHT + rows.length * ROW_HEIGHT + PADDING / 2,
        layoutOptions: { "elk.portConstraints": "FIXED_POS" },
        ports: rows.flatMap((row, index) => [port(row, index, "WEST"), port(row, index, "EAST")]),
    };
}

/** Characters of the words that mark what is not as declared. */
function badge(standing: Standing): number {
    return standing === "as declared" ? 0 : standing.length + 3;
}

/** Middle of a card's row, from the card's top. */
export function rowMiddle(index: number): number {
    return HEADER_HEIGHT + (index + 0.5) * ROW_HEIGHT;
}

function portId({ cluster, part }: Stop, side: "EAST" | "WEST"): string {
    return `${cluster} ${part} ${side}`;
}

function flatten(node: ElkNode): ElkNode[] {
    return [node, ...(node.children ?? []).flatMap(flatten)];
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: ElkNode): Box {
    return { x, y, width, height };
}

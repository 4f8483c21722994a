/** A mesh as a picture: declared and found, laid over each other. Knows verify, not how a mesh is made. */
import { toHtml } from "hast-util-to-html";
import { layout } from "./layout";
import { mermaidOf } from "./mermaid";
import type { MeshGraph } from "./model";
import { type Beside, pageOf } from "./page";
import type { Picture } from "./pictures";
import { svgOf } from "./svg";

export { drawMesh } from "./draw";
export type { MeshGraph } from "./model";

export { type Picture, PICTURES } from "./pictures";

/** @returns The picture, ending with a newline. */
export async function formatGraph(graph: MeshGraph, picture: Picture, now: Date): Promise<string> {
    switch (picture) {
        case "mermaid":
            return mermaidOf(graph);
        case "svg":
            return `${toHtml(svgOf(graph, await layout(graph)), { space: "svg" })}\n`;
        case "html":
            return htmlPage(graph, now);
    }
}

/** The picture and all that it stands for as one HTML file. */
export async function htmlPage(graph: MeshGraph, now: Date, beside: Beside = {}): Promise<string> {
    return `${toHtml(pageOf(graph, await layout(graph), now, beside))}\n`;
}

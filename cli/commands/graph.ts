import { drawMesh, formatGraph, htmlPage, type Picture } from "../../graph";
import type { ExitCode } from "../../shared/exit";
import type { Mesh } from "../../verify";
import { askedFor, explain, type Hop } from "../../verify/explain";
import { observeInTime } from "../../verify/runner";
import type { Session } from "../session";
import { meshOf, declaredAndFound, type Target } from "../target";
import { count } from "./traffic";
import { check, type CheckOptions, exitCodeOf } from "./verify";

/** Draws a mesh as it is declared and as it was found. */
export async function graph(session: Session, target: Target, { output }: { readonly output: Picture }): Promise<void> {
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    session.terminal.result(await formatGraph(drawMesh(declared, surveys, now), output, now));
}

export interface ReportOptions extends CheckOptions {
    /** For how long calls are counted. Default not at all. */
    readonly traffic?: number;
}

/** Checks a mesh and prints the page with its picture and the results. @returns As `verify` does. */
export async function report(session: Session, target: Target, options: ReportOptions): Promise<ExitCode> {
    const mesh = await meshOf(session, target);
    // Before the checks, which call, too.
    const traffic = options.traffic === undefined ? undefined : await count(session, mesh, options.traffic);
    const results = await check(session, mesh, options);
    const [walk, { declared, surveys }] = await Promise.all([walkOf(mesh), declaredAndFound(session, target)]);
    const now = new Date();
    const beside = { report: results, ...(walk && { walk }) };
    session.terminal.result(await htmlPage(drawMesh(declared, surveys, now, traffic), now, beside));
    return exitCodeOf(results);
}

/** The reference request, hop by hop; undefined where there is none, or it cannot be followed: the checks say why. */
async function walkOf(mesh: Mesh): Promise<Hop[] | undefined> {
    if (mesh.request === undefined) return undefined;
    return explain(await observeInTime(mesh), askedFor(mesh.request)).catch(() => undefined);
}

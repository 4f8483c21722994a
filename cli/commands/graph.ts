import { drawMesh, formatGraph, htmlPage, type Picture } from "../../graph";
import type { ExitCode } from "../../shared/exit";
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
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    session.terminal.result(await htmlPage(drawMesh(declared, surveys, now, traffic), now, results));
    return exitCodeOf(results);
}

import { drawMesh, formatGraph, htmlPage, type Picture } from "../../graph";
import type { ExitCode } from "../../shared/exit";
import type { Session } from "../session";
import { meshOf, declaredAndFound, type Target } from "../target";
import { check, type CheckOptions, exitCodeOf } from "./verify";

/** Draws a mesh as it is declared and as it was found. */
export async function graph(session: Session, target: Target, { output }: { readonly output: Picture }): Promise<void> {
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    session.terminal.result(await formatGraph(drawMesh(declared, surveys, now), output, now));
}

/** Checks a mesh and prints the page with its picture and the results. @returns As `verify` does. */
export async function report(session: Session, target: Target, options: CheckOptions): Promise<ExitCode> {
    const results = await check(session, await meshOf(session, target), options);
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    session.terminal.result(await htmlPage(drawMesh(declared, surveys, now), now, results));
    return exitCodeOf(results);
}

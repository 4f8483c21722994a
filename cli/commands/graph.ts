import { writeFile } from "node:fs/promises";
import { drawMesh, formatGraph, htmlPage, type Picture } from "../../graph";
import type { ExitCode } from "../../shared/exit";
import type { Session } from "../session";
import { meshOf, declaredAndFound, type Target } from "../target";
import { check, type CheckOptions, exitCodeOf } from "./verify";

export interface GraphOptions {
    /** Form of the picture. */
    readonly output: Picture;
    /** File to write; default standard output. */
    readonly file?: string;
}

/** Draws a mesh as it is declared and as it was found. */
export async function graph(session: Session, target: Target, { output, file }: GraphOptions): Promise<void> {
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    const picture = await formatGraph(drawMesh(declared, surveys, now), output, now);
    if (file === undefined) session.terminal.result(picture);
    else await write(session, file, picture);
}

export interface ReportOptions extends CheckOptions {
    /** File of the page. */
    readonly file: string;
}

/** Checks a mesh and writes the page with its picture and the results. @returns As `verify` does. */
export async function report(session: Session, target: Target, options: ReportOptions): Promise<ExitCode> {
    const results = await check(session, await meshOf(session, target), options);
    const { declared, surveys } = await declaredAndFound(session, target);
    const now = new Date();
    await write(session, options.file, await htmlPage(drawMesh(declared, surveys, now), now, results));
    return exitCodeOf(results);
}

async function write({ terminal }: Session, file: string, text: string): Promise<void> {
    await writeFile(file, text);
    terminal.progress(`Wrote ${file}.`);
}

/** Nothing is changed in a mesh that is broken, or does not answer. */
import { CommandError, EXIT } from "../../shared/exit";
import { formatReport, type Mesh, verdict } from "../../verify";
import { check } from "../commands/verify";
import type { Session } from "../session";

/** A mesh that was just changed takes a moment until every proxy knows it. Seconds. */
const PATIENCE = 60;

/** @throws CommandError, after the checks that did not pass were shown. */
export async function refuseBroken(session: Session, mesh: Mesh, message: string): Promise<void> {
    const report = await check(session, mesh, { patience: PATIENCE });
    if (verdict(report) === "pass") return;
    const bad = report.checks.filter(({ result }) => result === "fail" || result === "error");
    session.terminal.progress(formatReport({ checks: bad }, "table", session.terminal.columns));
    throw new CommandError(message, EXIT.failed);
}

export const UNCHANGED = "the mesh does not verify, and nothing was changed";
export const AFTER = "the mesh does not verify after the step: mend it, then run this again to continue";

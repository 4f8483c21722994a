/** What a rotation of the root needs before it, and between its steps. */
import { CommandError, EXIT } from "../../shared/exit";
import { ProblemsError } from "../../shared/problems";
import type { Progress } from "../../shared/progress";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import type { Mesh } from "../../verify";
import { unprepared } from "../../verify/rotation/ready";
import { behind, servedIn } from "../../verify/rotation/served";
import type { Session } from "../session";
import { meshOf, type StacksTarget } from "../target";
import { LOOK, untilNobodyIsBehind } from "./gate";
import { hasten } from "./hasten";
import type { Rotation } from "./steps";
import { AFTER, refuseBroken, UNCHANGED } from "./unfit";

export function rootRotation(session: Session, facts: ReadonlyMap<string, StackFacts>, target: StacksTarget): Rotation {
    return {
        rotated: "roots",
        stacks: [ownerOf(facts)],
        async prepare() {
            const mesh = await meshOf(session, target);
            await refuseBroken(session, mesh, UNCHANGED);
            const problems = await unprepared(mesh, AbortSignal.timeout(LOOK));
            if (problems.length > 0) throw new ProblemsError(problems);
        },
        async settle(stop) {
            const mesh = await meshOf(session, target);
            await untilServed(mesh, session.terminal.progress, stop);
            await refuseBroken(session, mesh, AFTER);
        },
    };
}

/** Waits until every proxy in every cluster trusts what it is to trust, and has a certificate of the root that signs. */
export async function untilServed(mesh: Mesh, progress: Progress, stop: AbortSignal): Promise<void> {
    const { rootCertificate } = mesh;
    if (rootCertificate === undefined) {
        const message = "no stack of these knows the mesh's roots: name the one that owns them, too";
        throw new CommandError(message, EXIT.mistake);
    }
    await hasten(mesh, stop);
    const look = async (signal: AbortSignal) => behind(await servedIn(mesh, signal), rootCertificate);
    const advice = "Restart these pods (`kubectl rollout restart`), then run it again to continue, or with --back.";
    await untilNobodyIsBehind(look, advice, progress, stop);
}

function ownerOf(facts: ReadonlyMap<string, StackFacts>): string {
    const [owner] = [...facts].flatMap(([stack, { ownsRoot }]) => (ownsRoot ? [stack] : []));
    if (owner === undefined) {
        const rule = "none of these stacks owns the root";
        const fix = "Name the stack that does, and those of all clusters, e.g. `mesh rotate root root west east`.";
        throw new ProblemsError([{ subject: "stacks", value: [...facts.keys()].join(" "), rule, fix }]);
    }
    return owner;
}

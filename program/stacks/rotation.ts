/**
 * The steps in which a mesh changes its root, an `up` each: both are trusted, the other one signs, the first is dropped.
 * https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/
 */
import type { Config } from "../config";
import type { Problem } from "../../shared/problems";
import { nextRoots, type Roots } from "../../shared/rotation";
import type { Exchange } from "./exchange";

/**
 * What keeps the root's stack from taking the step that its setting `roots` asks for.
 *
 * @param stacks By name, as their last `up` left them; this stack's own is among them.
 */
export function rotationProblems(
    stacks: ReadonlyMap<string, Exchange | undefined>,
    { stack, ownsRoot, roots: now }: Config,
): Problem[] {
    const own = stacks.get(stack);
    const before = own?.roots ?? [1];
    if (!ownsRoot || own === undefined || isEqual(now, before)) {
        return [];
    }
    const next = nextRoots(before);
    if (!next.some((roots) => isEqual(roots, now))) {
        return [
            {
                subject: "roots",
                value: JSON.stringify(now),
                rule: `${reason(before, now)} (the last \`up\` left ${JSON.stringify(before)})`,
                fix: `Set ${next.map((roots) => JSON.stringify(roots)).join(" or ")}, or let \`mesh rotate root\` take the steps.`,
            },
        ];
    }
    return [...stacks]
        .filter(([name, theirs]) => name !== stack && theirs !== undefined && isBehind(theirs, own))
        .map(([name]) => ({
            subject: "roots",
            value: JSON.stringify(now),
            rule: `stack ${name} has not taken the step before yet: its clusters do not have what this stack signed last`,
            fix: `Set ${JSON.stringify(before)} again, then up ${stack} and up ${name}.`,
        }));
}

function reason(before: Roots, now: Roots): string {
    const newest = Math.max(...before);
    const gone = now.find((generation) => generation < newest && !before.includes(generation));
    const [signing = 0] = before;
    if (gone !== undefined) return `root ${gone} was dropped, and its key with it: there is no step back to it`;
    if (!now.includes(signing)) {
        return `root ${signing} still signs: to drop it now would cut off every workload, since all have certificates of it`;
    }
    return "a mesh takes one step at a time: first all workloads trust both roots, then the other one signs";
}

/** Whether a cluster of another stack has another certificate than the root's stack gave it, or trusts other roots. */
function isBehind(theirs: Exchange, own: Exchange): boolean {
    return Object.entries(theirs.clusters).some(
        ([name, { certificate }]) =>
            certificate !== undefined &&
            (certificate !== own.certificates[name] || theirs.rootCertificate !== own.rootCertificate),
    );
}

function isEqual(one: Roots, other: Roots): boolean {
    return one.join() === other.join();
}

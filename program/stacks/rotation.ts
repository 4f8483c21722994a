/**
 * The steps in which a mesh changes its root, or the tokens with which clusters are read, an `up` each. The program refuses wrong
 * ones; it cannot see whether all workloads have taken the last.
 * https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/
 */
import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../shared/pem";
import type { Config } from "../config";
import type { Problem } from "../../shared/problems";
import { type Generations, isSame, nextSteps, type Rotated } from "../../shared/rotation";
import type { Exchange } from "./exchange";

/**
 * What keeps a stack from taking the steps that its settings ask for.
 *
 * @param stacks By name, as their last `up` left them; this stack's own is among them.
 */
export function rotationProblems(
    stacks: ReadonlyMap<string, Exchange | undefined>,
    { stack, ownsRoot, givenIntermediates, clusters, roots, readerTokens }: Config,
): Problem[] {
    const own = stacks.get(stack);
    if (own === undefined) {
        return [];
    }
    const tokens = clusters.length > 0 ? wrongStep("readerTokens", own.readerTokens ?? [1], readerTokens) : [];
    return [
        ...(ownsRoot ? rootProblems(stacks, own, stack, roots) : []),
        ...offlineProblems(own.rootCertificate, givenIntermediates?.root),
        ...tokens,
    ];
}

function rootProblems(
    stacks: ReadonlyMap<string, Exchange | undefined>,
    own: Exchange,
    stack: string,
    now: Generations,
): Problem[] {
    const before = own.roots ?? [1];
    const wrong = wrongStep("roots", before, now);
    if (wrong.length > 0 || isSame(now, before)) {
        return wrong;
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

/** The same steps, where a root signs that no stack has: of its bundles, the first signs. */
function offlineProblems(before: string | undefined, now: string | undefined): Problem[] {
    if (before === undefined || now === undefined) {
        return [];
    }
    const [old, given] = [before, now].map((pem) => certificatesIn(pem).map((each) => new X509Certificate(each)));
    const has = (all: readonly X509Certificate[] | undefined, one: X509Certificate | undefined): boolean =>
        all?.some(({ fingerprint256 }) => fingerprint256 === one?.fingerprint256) === true;
    const problem = (rule: string, fix: string): Problem => ({ subject: "givenIntermediates.root", rule, fix });
    if (!has(given, old?.[0])) {
        const rule =
            "the root that signed with the last `up` is not among those to trust, and all workloads have certificates of it";
        return [problem(rule, "Give both roots, have the new one sign the clusters, and drop the old one after that.")];
    }
    const rule = "the first of the roots signs, and workloads do not trust it yet";
    return has(old, given?.[0]) ? [] : [problem(rule, "Give it after the present one first, with an `up`.")];
}

function wrongStep(rotated: Rotated, before: Generations, now: Generations): Problem[] {
    const next = nextSteps(rotated, before);
    if (isSame(now, before) || next.some((step) => isSame(step, now))) {
        return [];
    }
    const command = { roots: "mesh rotate root", readerTokens: "mesh rotate credentials" }[rotated];
    return [
        {
            subject: rotated,
            value: JSON.stringify(now),
            rule: `${reason(rotated, before, now)} (the last \`up\` left ${JSON.stringify(before)})`,
            fix: `Set ${next.map((step) => JSON.stringify(step)).join(" or ")}, or let \`${command}\` take the steps.`,
        },
    ];
}

function reason(rotated: Rotated, before: Generations, now: Generations): string {
    const newest = Math.max(...before);
    const gone = now.find((generation) => generation < newest && !before.includes(generation));
    const [used = 0] = before;
    if (rotated === "readerTokens") {
        return now.includes(used)
            ? "a token is replaced in two steps: peers get the new one, then the old one is revoked"
            : `peers read with token ${used}: to revoke it now would leave them with what they know`;
    }
    if (gone !== undefined) return `root ${gone} was dropped, and its key with it: there is no step back to it`;
    if (!now.includes(used)) {
        return `root ${used} still signs: to drop it now would cut off every workload, since all have certificates of it`;
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

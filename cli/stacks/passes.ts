/** Which stacks of a mesh have to run, and when: until none would see anything new in the others. */
import { type Outputs, partialOutputs, servingOf } from "../../shared/outputs";
import type { StackFacts } from "../../hosts/interface/stackFacts";

/** The outputs through which stacks of one mesh depend on each other. */
export type Exchange = Pick<
    Outputs,
    "rootCertificate" | "clusters" | "requests" | "certificates" | "readers" | "missing"
>;

/** What a stack gives the others; nothing for one that is not up. */
export function exchangeOf(outputs: Readonly<Record<string, unknown>>): Exchange {
    const { rootCertificate, ...given } = partialOutputs.parse(outputs);
    const { clusters = {}, requests = {}, certificates = {}, readers = {}, missing = [] } = given;
    return { ...(rootCertificate && { rootCertificate }), clusters, requests, certificates, readers, missing };
}

/** More passes than any mesh needs: clusters and requests, certificates, control planes, remote secrets. */
const MOST_PASSES = 8;

/**
 * Runs stacks pass by pass, those of a pass side by side: in the first all, then those that would read something new.
 *
 * @param facts What the stacks' files say, by stack.
 * @param read The outputs of a stack.
 * @param run Brings a set of stacks up, to the end of them all.
 * @returns What each stack gives in the end.
 */
export async function runPasses(
    facts: ReadonlyMap<string, StackFacts>,
    read: (stack: string) => Promise<Exchange>,
    run: (stacks: readonly string[], pass: number) => Promise<void>,
): Promise<ReadonlyMap<string, Exchange>> {
    const began = new Map<string, string>();
    for (let pass = 1; ; pass++) {
        const given = new Map(
            await Promise.all([...facts.keys()].map(async (stack) => [stack, await read(stack)] as const)),
        );
        const due = [...facts.keys()].filter(
            (stack) => began.get(stack) !== consumed(stack, facts, given) || waitsForItself(stack, given),
        );
        if (due.length === 0) {
            return given;
        }
        if (pass > MOST_PASSES) {
            throw new Error(`after ${MOST_PASSES} passes, stacks still change what others read: ${due.join(", ")}`);
        }
        for (const stack of due) began.set(stack, consumed(stack, facts, given));
        await run(due, pass);
    }
}

/** Whether a stack changes a cluster in two steps, and has taken the first. */
function waitsForItself(stack: string, given: ReadonlyMap<string, Exchange>): boolean {
    return given.get(stack)?.missing.some((missing) => missing.what === "istiod" && missing.stack === stack) === true;
}

/** Everything that a stack takes from the others of the set, as text that differs when any of it does. */
export function consumed(
    stack: string,
    facts: ReadonlyMap<string, StackFacts>,
    given: ReadonlyMap<string, Exchange>,
): string {
    const own = facts.get(stack);
    const others = [...given].filter(([name]) => name !== stack).map(([, exchanged]) => exchanged);
    const pick = (values: Exchange["requests"], wanted: (cluster: string) => boolean): [string, string][] =>
        Object.entries(values).filter(([cluster]) => wanted(cluster));
    const isOwn = (cluster: string): boolean => own?.clusters.includes(cluster) === true;
    const isPeer = (cluster: string): boolean => own?.peers.includes(cluster) === true;
    const served = own?.topology.filter(({ name }) => isOwn(name)) ?? [];
    return JSON.stringify(
        others.flatMap((other) => [
            own?.ownsRoot === true ? pick(other.requests, () => true) : [],
            pick(other.certificates, isOwn).map(([cluster, pem]) => [cluster, pem, other.rootCertificate]),
            pick(other.readers, isPeer),
            served.map(({ name, primary }) => primary && servingOf(other, primary.name, name)),
        ]),
    );
}

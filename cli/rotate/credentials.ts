/** What a rotation of the tokens with which clusters are read needs before it, and between its steps. */
import { z } from "zod";
import { type Problem, ProblemsError } from "../../shared/problems";
import { contextOf, readKubeconfig } from "../../shared/kubeconfig";
import type { Progress } from "../../shared/progress";
import { hostFor } from "../../hosts";
import type { StateResource } from "../../hosts/interface/deployment";
import type { StackFacts } from "../../hosts/interface/stackFacts";
import type { Mesh } from "../../verify";
import { accepted, unread, withKnownBugs } from "../../verify/rotation/readers";
import type { Session } from "../session";
import { meshOf, type StacksTarget } from "../target";
import { LOOK, untilNobodyIsBehind } from "./gate";
import type { Rotation } from "./steps";
import { AFTER, refuseBroken, UNCHANGED } from "./unfit";

/** Tokens of a cluster's reader. Secret. */
interface Tokens {
    /** What peers are to read with. */
    readonly used: string;
    readonly all: readonly string[];
}
type TokensByCluster = ReadonlyMap<string, Tokens>;

export function credentialsRotation(
    session: Session,
    facts: ReadonlyMap<string, StackFacts>,
    target: StacksTarget,
): Rotation {
    refuseStrangers(facts);
    let before: TokensByCluster = new Map();
    return {
        rotated: "readerTokens",
        stacks: [...facts].flatMap(([stack, { clusters }]) => (clusters.length > 0 ? [stack] : [])),
        async prepare() {
            const mesh = await meshOf(session, target);
            await refuseBroken(session, mesh, UNCHANGED);
            const problems = await withKnownBugs(mesh, AbortSignal.timeout(LOOK));
            if (problems.length > 0) throw new ProblemsError(problems);
            before = await tokensOf(session, target);
        },
        async settle(stop) {
            const [mesh, now] = [await meshOf(session, target), await tokensOf(session, target)];
            const { progress } = session.terminal;
            await untilRead(mesh, now, progress, stop);
            await refuseBroken(session, mesh, AFTER);
            await untilRefused(mesh, revoked(before, now), progress, stop);
            before = now;
        },
    };
}

/** Waits until every istiod reads its peers with the tokens that they are to use. */
export async function untilRead(
    mesh: Mesh,
    tokens: TokensByCluster,
    progress: Progress,
    stop: AbortSignal,
): Promise<void> {
    const used = new Map([...tokens].map(([cluster, each]) => [cluster, each.used]));
    const advice = "`mesh verify` says more of them. Then run it again to continue, or with --back to go back.";
    await untilNobodyIsBehind((signal) => unread(mesh, used, signal), advice, progress, stop);
}

/** Waits until API servers answer tokens that were revoked with 401. */
async function untilRefused(
    mesh: Mesh,
    tokens: ReadonlyMap<string, readonly string[]>,
    progress: Progress,
    stop: AbortSignal,
): Promise<void> {
    const count = [...tokens.values()].flat().length;
    if (count === 0) return;
    const advice = "Is its Secret in the cluster still? Then delete it.";
    await untilNobodyIsBehind((signal) => accepted(mesh, tokens, signal), advice, progress, stop);
    progress(`  ${count} revoked ${count === 1 ? "token is" : "tokens are"} answered with 401`);
}

function revoked(before: TokensByCluster, now: TokensByCluster): Map<string, string[]> {
    const gone = [...before].map(([cluster, { all }]): [string, string[]] => [
        cluster,
        all.filter((token) => now.get(cluster)?.all.includes(token) === false),
    ]);
    return new Map(gone);
}

/** The tokens that the stacks' readers have, by the short names of their clusters. */
export async function tokensOf(session: Session, { stacks, host: asked }: StacksTarget): Promise<TokensByCluster> {
    const host = await hostFor(session, stacks, asked);
    const states = await Promise.all(stacks.map(async (stack) => tokensIn(await host.state(stack))));
    return new Map(states.flatMap((tokens) => [...tokens]));
}

const readerOutputs = z.object({ kubeconfig: z.string() });
const secretOutputs = z.object({ data: z.object({ token: z.string() }) });

export function tokensIn(resources: readonly StateResource[]): TokensByCluster {
    const readers = resources.filter(({ type }) => type === "istio-multicluster:index:RemoteReader");
    return new Map(
        readers.flatMap(({ name, outputs }) => {
            const [, cluster] = /^(.+)-reader$/.exec(name) ?? [];
            const { data } = readerOutputs.safeParse(outputs);
            const used = data && contextOf(readKubeconfig(data.kubeconfig)).user.token;
            // An istiod that is not in its cluster has a token, too.
            const tokens = new RegExp(`^(${name}|${cluster ?? ""}-istiod)-token(-\\d+)?$`);
            const all = resources.flatMap((resource) => {
                const secret = tokens.test(resource.name) ? secretOutputs.safeParse(resource.outputs).data : undefined;
                return secret === undefined ? [] : [Buffer.from(secret.data.token, "base64").toString("utf8")];
            });
            return used === undefined || cluster === undefined ? [] : [[cluster, { used, all }] as const];
        }),
    );
}

/** Who reads these clusters and is not among these stacks would be left with a revoked token. */
function refuseStrangers(facts: ReadonlyMap<string, StackFacts>): void {
    const own = [...facts.values()].flatMap(({ clusters }) => clusters);
    const topology = [...facts.values()][0]?.topology ?? [];
    const strangers = topology.filter(
        ({ name, peers }) => !own.includes(name) && peers.some((peer) => own.includes(peer)),
    );
    const problems = strangers.map(({ name, stack }): Problem => ({
        subject: "stacks",
        value: [...facts.keys()].join(" "),
        rule: `cluster ${name} reads clusters of these stacks, and would be left with a token that is revoked`,
        fix: `Name its stack, ${stack}, too.`,
    }));
    if (problems.length > 0) throw new ProblemsError(problems);
}

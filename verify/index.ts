/** Named checks that prove a mesh over several clusters, and their reports. Knows Kubernetes and Istio, not Pulumi. */
import { byGroup } from "./check";
import { checksOf } from "./checks";
import type { Mesh } from "./mesh";
import { PRE_CHECKS } from "./pre";
import type { ProbeOptions } from "./probe";
import { type CheckReport, chosen, runChecks, type Report, type RunOptions } from "./runner";

export type { Check, Finding, Group, Result } from "./check";
export type { DeclaredMesh, GatewayAddress, Mesh, MeshCluster } from "./mesh";
export type { ProbeOptions } from "./probe";
export { formatReport } from "./report";
export type { Format } from "./report/formats";
export { type CheckReport, verdict, type Report, type RunOptions } from "./runner";

interface CheckOptions extends RunOptions {
    /** Ids and groups of the checks to run. Default all. */
    readonly only?: readonly string[];
}

export interface VerifyOptions extends CheckOptions {
    /** With it, pods are made in every cluster that prove the data plane, and removed again. */
    readonly probe?: ProbeOptions;
}

/** Runs the checks of clusters that are to become a mesh. Changes nothing in any of them. */
export async function verifyBefore(mesh: Mesh, { only, ...options }: CheckOptions): Promise<Report> {
    const report = await runChecks(mesh, chosen(PRE_CHECKS, only), options);
    return { ...report, ...(only && { only }), before: true };
}

/**
 * Runs every check, or those that are asked for. Changes nothing in any cluster, unless it may probe and a check of the probe is
 * among them.
 * @throws ProblemsError for a name of `only` that no check and no group has.
 */
export async function verify(mesh: Mesh, { probe, only, ...options }: VerifyOptions): Promise<Report> {
    const looking = checksOf(mesh);
    if (probe === undefined) {
        const checks = chosen(looking, only, " Those that send requests from pods of their own need --probe.");
        return { ...(await runChecks(mesh, checks, options)), ...(only && { only }) };
    }
    const { probeChecks, runProbe } = await import("./probe/index.js");
    const wanted = new Set(chosen([...looking, ...probeChecks(mesh)], only).map(({ id }) => id));
    const isWanted = ({ id }: { readonly id: string }): boolean => wanted.has(id);
    const look = (): Promise<Report> => runChecks(mesh, looking.filter(isWanted), options);
    if (!probeChecks(mesh).some(isWanted)) return { ...(await look()), ...(only && { only }) };
    const { checks, removed, ...asked } = await runProbe(mesh, probe, options, isWanted);
    const [looked, ...last] = await Promise.all([look(), ...(removed ? [removed] : [])]);
    const all = [...fromPeers(looked.checks, checks), ...checks, ...last];
    return { ...asked, checks: all.sort(byGroup), ...(only && { only }) };
}

/** Gateways that all peers reach need not be reachable from this machine, e.g. behind internal load balancers. */
export function fromPeers(looked: readonly CheckReport[], probed: readonly CheckReport[]): CheckReport[] {
    const arePeersAnswered = probed.some(({ id, result }) => id === "gateway-answers-peers" && result === "pass");
    return looked.map((check) => {
        if (!arePeersAnswered || check.id !== "gateway-answers" || check.result !== "fail") return check;
        const { id, group, proves, seen, seconds } = check;
        const reason = "but pods of all peers reach these gateways: see gateway-answers-peers";
        return { id, group, proves, seconds, result: "pass", seen: [...seen, reason] };
    });
}

/** Named checks that prove a mesh over several clusters, and their reports. Knows Kubernetes and Istio, not Pulumi. */
import { byGroup } from "./check";
import { checksOf } from "./checks";
import type { Mesh } from "./mesh";
import { PRE_CHECKS } from "./pre";
import type { ProbeOptions } from "./probe";
import { type CheckReport, runChecks, type Report, type RunOptions } from "./runner";

export type { Check, Finding, Group, Result } from "./check";
export type { DeclaredMesh, GatewayAddress, Mesh, MeshCluster } from "./mesh";
export type { ProbeOptions } from "./probe";
export { formatReport } from "./report";
export type { Format } from "./report/formats";
export { type CheckReport, verdict, type Report, type RunOptions } from "./runner";

export interface VerifyOptions extends RunOptions {
    /** With it, pods are made in every cluster that prove the data plane, and removed again. */
    readonly probe?: ProbeOptions;
}

/** Runs the checks of clusters that are to become a mesh. Changes nothing in any of them. */
export async function verifyBefore(mesh: Mesh, options: RunOptions): Promise<Report> {
    return { ...(await runChecks(mesh, PRE_CHECKS, options)), before: true };
}

/** Runs every check. Changes nothing in any cluster, unless it may probe. */
export async function verify(mesh: Mesh, { probe, ...options }: VerifyOptions): Promise<Report> {
    if (probe === undefined) {
        return runChecks(mesh, checksOf(mesh), options);
    }
    const { runProbe } = await import("./probe/index.js");
    const { checks, matrix, calls, removed } = await runProbe(mesh, probe, options);
    const [looked, ...last] = await Promise.all([
        runChecks(mesh, checksOf(mesh), options),
        ...(removed ? [removed] : []),
    ]);
    const all = [...fromPeers(looked.checks, checks), ...checks, ...last];
    return {
        checks: all.sort(byGroup),
        matrix,
        ...(calls && { calls }),
    };
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

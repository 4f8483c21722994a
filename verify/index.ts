/** Named checks that prove a mesh over several clusters, and their reports. Knows Kubernetes and Istio, not Pulumi. */
import { CHECKS } from "./checks";
import type { Mesh } from "./mesh";
import { runChecks, type Report, type RunOptions } from "./runner";

export type { Check, Finding, Group, Result } from "./check";
export type { GatewayAddress, Mesh, MeshCluster, ReferenceRequest } from "./mesh";
export { jsonReport } from "./report/json";
export { tableReport } from "./report/table";
export { verdict, type CheckReport, type Report, type RunOptions } from "./runner";

/** Runs every check. Changes nothing in any cluster. */
export function verify(mesh: Mesh, options: RunOptions): Promise<Report> {
    return runChecks(mesh, CHECKS, options);
}

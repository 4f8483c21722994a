/** The checks of the probe. */
import type { Mesh } from "../../mesh";
import type { ProbeCheck } from "../check";
import { PROBE_REMOVED } from "../removal";
import { answeredThroughGateway } from "./answeredThroughGateway";
import { failover } from "./failover";
import { gatewayAnswersPeers } from "./gatewayAnswersPeers";
import { forbiddenIdentity } from "./forbiddenIdentity";
import { foreignRoot } from "./foreignRoot";
import { plaintext } from "./plaintext";
import { PROBE_WORKLOADS } from "./probeWorkloads";
import { reachabilityMatrix } from "./reachabilityMatrix";
import { listsCallers, serviceCallers } from "./serviceCallers";
import { throughIngress } from "./throughIngress";
import { withoutSidecar } from "./withoutSidecar";

type AnyProbeCheck = Pick<ProbeCheck<never>, "id" | "group" | "proves" | "of">;

/** Done side by side with the matrix, in the order of a report. */
export const OTHERS: readonly AnyProbeCheck[] = [
    gatewayAnswersPeers,
    throughIngress,
    answeredThroughGateway,
    withoutSidecar,
    plaintext,
    foreignRoot,
    forbiddenIdentity,
];

/** Done when the others are, since it ends a server in every cluster. */
export const LAST = failover;

/** All that ask, in the order of a report. */
export function askingChecks(mesh: Mesh): readonly AnyProbeCheck[] {
    return [reachabilityMatrix, ...OTHERS, ...(listsCallers(mesh) ? [serviceCallers] : []), LAST];
}

/** All of the probe: those of its pods, and those that ask. */
export function probeChecks(mesh: Mesh): readonly Pick<AnyProbeCheck, "id" | "group" | "proves">[] {
    return [PROBE_WORKLOADS, ...askingChecks(mesh), PROBE_REMOVED];
}

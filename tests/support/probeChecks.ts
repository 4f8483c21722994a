/** All checks that need the probe's pods, in the order in which they are done. */
import { LAST, OTHERS } from "../../verify/probe/checks";
import { PROBE_WORKLOADS } from "../../verify/probe/checks/probeWorkloads";
import { reachabilityMatrix } from "../../verify/probe/checks/reachabilityMatrix";
import { PROBE_REMOVED } from "../../verify/probe/removal";

export const PROBE_CHECKS = [PROBE_WORKLOADS, reachabilityMatrix, ...OTHERS, LAST, PROBE_REMOVED];

/** All checks that need the probe's pods, in the order in which they are done, of a mesh that lists no services. */
import { probeChecks } from "../../verify/probe/checks";

export const PROBE_CHECKS = probeChecks({ clusters: [] });

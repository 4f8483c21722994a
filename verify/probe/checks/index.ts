/** The checks of the probe beside the matrix, in the order of a report. */
import type { ProbeCheck } from "../check";
import { answeredThroughGateway } from "./answeredThroughGateway";
import { failover } from "./failover";
import { gatewayAnswersPeers } from "./gatewayAnswersPeers";
import { forbiddenIdentity } from "./forbiddenIdentity";
import { foreignRoot } from "./foreignRoot";
import { plaintext } from "./plaintext";
import { throughIngress } from "./throughIngress";
import { withoutSidecar } from "./withoutSidecar";

/** Done side by side with the matrix. */
export const OTHERS: readonly Pick<ProbeCheck<never>, "id" | "group" | "proves" | "of">[] = [
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

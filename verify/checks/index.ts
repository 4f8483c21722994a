/** Every check, in the order of a report. A new check is a file here, a line below and a page in docs/checks/. */
import type { Check } from "../check";
import { clustersReady } from "./clustersReady";
import { commonRoot } from "./commonRoot";
import { gatewayEndpoints } from "./gatewayEndpoints";
import { noLocalPods } from "./noLocalPods";
import { ownIntermediate } from "./ownIntermediate";
import { peersSynced } from "./peersSynced";
import { remoteAnswers } from "./remoteAnswers";

export const CHECKS: readonly Check[] = [
    clustersReady,
    commonRoot,
    ownIntermediate,
    peersSynced,
    gatewayEndpoints,
    noLocalPods,
    remoteAnswers,
];

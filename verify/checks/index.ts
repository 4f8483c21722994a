/** Every check that only reads, in the order of a report. A new one is a file here, a line below and a page in docs/checks/. */
import type { Check } from "../check";
import { certificateLifetimes } from "./certificateLifetimes";
import { clockDifference } from "./clockDifference";
import { clusterIdentity } from "./clusterIdentity";
import { clustersReady } from "./clustersReady";
import { commonRoot } from "./commonRoot";
import { gatewayAnswers } from "./gatewayAnswers";
import { gatewayEndpoints } from "./gatewayEndpoints";
import { gatewayReady } from "./gatewayReady";
import { injector } from "./injector";
import { mtlsNotDisabled } from "./mtlsNotDisabled";
import { noLocalPods } from "./noLocalPods";
import { ownIntermediate } from "./ownIntermediate";
import { peersSynced } from "./peersSynced";
import { remoteAnswers } from "./remoteAnswers";
import { remoteSecrets } from "./remoteSecrets";
import { rootKeyAbsent } from "./rootKeyAbsent";
import { sameServices } from "./sameServices";
import { sidecarsInjected } from "./sidecarsInjected";
import { storedRoot } from "./storedRoot";
import { trustDomain } from "./trustDomain";
import { versions } from "./versions";

export const CHECKS: readonly Check[] = [
    clustersReady,
    clockDifference,
    commonRoot,
    storedRoot,
    rootKeyAbsent,
    ownIntermediate,
    trustDomain,
    certificateLifetimes,
    clusterIdentity,
    versions,
    injector,
    remoteSecrets,
    peersSynced,
    sameServices,
    gatewayEndpoints,
    gatewayReady,
    gatewayAnswers,
    sidecarsInjected,
    noLocalPods,
    remoteAnswers,
    mtlsNotDisabled,
];

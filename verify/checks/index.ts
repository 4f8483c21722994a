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
import { gatewayRoutes } from "./gatewayRoutes";
import { injector } from "./injector";
import { istiodReady } from "./istiodReady";
import { mtlsNotDisabled } from "./mtlsNotDisabled";
import { networkGateways } from "./networkGateways";
import { noLocalPods } from "./noLocalPods";
import { noRawEndpoints } from "./noRawEndpoints";
import { ownIntermediate } from "./ownIntermediate";
import { peerEndpoints } from "./peerEndpoints";
import { peersSynced } from "./peersSynced";
import { proxiesSynced } from "./proxiesSynced";
import { remoteAnswers } from "./remoteAnswers";
import { remoteCredentials } from "./remoteCredentials";
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
    istiodReady,
    clusterIdentity,
    versions,
    proxiesSynced,
    injector,
    remoteSecrets,
    remoteCredentials,
    peersSynced,
    networkGateways,
    peerEndpoints,
    sameServices,
    gatewayEndpoints,
    noRawEndpoints,
    gatewayReady,
    gatewayRoutes,
    gatewayAnswers,
    sidecarsInjected,
    noLocalPods,
    remoteAnswers,
    mtlsNotDisabled,
];

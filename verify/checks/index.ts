/** Every check that only reads, in the order of a report. A new one is a file here, a line below and a page in docs/checks/. */
import { byGroup, type Check } from "../check";
import type { Mesh } from "../mesh";
import { certificateLifetimes } from "./trust/certificateLifetimes";
import { clockDifference } from "./clusters/clockDifference";
import { clusterIdentity } from "./controlPlane/clusterIdentity";
import { clustersReady } from "./clusters/clustersReady";
import { commonRoot } from "./trust/commonRoot";
import { gatewayAnswers } from "./gateways/gatewayAnswers";
import { gatewayEndpoints } from "./discovery/gatewayEndpoints";
import { gatewayReady } from "./gateways/gatewayReady";
import { gatewayRoutes } from "./gateways/gatewayRoutes";
import { injector } from "./controlPlane/injector";
import { istiodExposed } from "./controlPlane/istiodExposed";
import { istiodReady } from "./controlPlane/istiodReady";
import { localities } from "./discovery/localities";
import { mtlsNotDisabled } from "./policy/mtlsNotDisabled";
import { networkGateways } from "./discovery/networkGateways";
import { noLocalPods } from "./dataPlane/noLocalPods";
import { noRawEndpoints } from "./discovery/noRawEndpoints";
import { ownIntermediate } from "./trust/ownIntermediate";
import { peerEndpoints } from "./discovery/peerEndpoints";
import { peersSynced } from "./discovery/peersSynced";
import { proxiesSynced } from "./controlPlane/proxiesSynced";
import { remoteAnswers } from "./dataPlane/remoteAnswers";
import { remoteCredentials } from "./discovery/remoteCredentials";
import { remoteSecrets } from "./discovery/remoteSecrets";
import { rootKeyAbsent } from "./trust/rootKeyAbsent";
import { sameServices } from "./discovery/sameServices";
import { sharedServices } from "./discovery/sharedServices";
import { sidecarsInjected } from "./dataPlane/sidecarsInjected";
import { storedRoot } from "./trust/storedRoot";
import { trustDomain } from "./trust/trustDomain";
import { versions } from "./controlPlane/versions";

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
    istiodExposed,
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

/** Those of a mesh that lists what its clusters share: others have nothing to hold what is found against. */
export const SERVICE_CHECKS: readonly Check[] = [sharedServices, localities];

/** Every check that a mesh can pass, in the order of a report. */
export function checksOf({ services }: Pick<Mesh, "services">): readonly Check[] {
    if (services === undefined) return CHECKS;
    return [...CHECKS, ...SERVICE_CHECKS].sort(byGroup);
}

/** Checks of clusters before an `up`. They only read, too. */
import type { Check } from "../check";
import { clockDifference } from "../checks/clusters/clockDifference";
import { clustersReady } from "../checks/clusters/clustersReady";
import { cidrs } from "./cidrs";
import { loadBalancers } from "./loadBalancers";
import { nameConflicts } from "./nameConflicts";
import { peerAddresses } from "./peerAddresses";
import { permissions } from "./permissions";
import { presentMesh } from "./presentMesh";
import { supportedKubernetes } from "./supportedKubernetes";

export const PRE_CHECKS: readonly Check[] = [
    clustersReady,
    supportedKubernetes,
    clockDifference,
    permissions,
    peerAddresses,
    cidrs,
    presentMesh,
    nameConflicts,
    loadBalancers,
];

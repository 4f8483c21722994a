/** Components for an Istio mesh over several clusters: the public surface of the library. */
export { ControlPlane, type ControlPlaneArgs } from "./controlPlane";
export { DenyByDefault, type DenyByDefaultArgs } from "./denyByDefault";
export { EastWestGateway, type EastWestGatewayArgs } from "./eastWestGateway";
export { ExternalControlPlane, type ExternalControlPlaneArgs } from "./externalControlPlane";
export { IngressGateway, type IngressGatewayArgs } from "./ingressGateway";
export { IntermediateCa, type IntermediateCaArgs } from "./intermediateCa";
export { type CertificateAuthorityArgs, KeyAlgorithm, type ValidityArgs } from "./internal/types";
export {
    type AutoscalingArgs,
    type ChartArgs,
    type DisruptionBudgetArgs,
    type EastWestArgs,
    type GatewayArgs,
    type GatewayServiceArgs,
    type IstioArgs,
    type IstiodArgs,
    type ResourcesArgs,
    type TolerationArgs,
    type WorkloadArgs,
} from "./istio";
export { Mesh } from "./mesh";
export { type MeshArgs, type MeshExternalArgs, type MeshMemberArgs, type MeshRootArgs } from "./meshArgs";
export { MeshCluster, type MeshClusterArgs } from "./meshCluster";
export { type PrimaryArgs, RemoteControlPlane, type RemoteControlPlaneArgs } from "./remoteControlPlane";
export { RemoteReader, type RemoteReaderArgs } from "./remoteReader";
export { RemoteSecret, type RemoteSecretArgs } from "./remoteSecret";
export { type GivenRootArgs, RootCa, type RootCaArgs } from "./rootCa";
export { SAMPLE_NAMESPACE, SampleApps, type SampleAppsArgs } from "./sampleApps";
export { SharedService } from "./sharedService";
export {
    type CallerArgs,
    type ClientPolicyArgs,
    type LocalityArgs,
    type LocalityDistributeArgs,
    type LocalityFailoverArgs,
    type MeshServiceArgs,
    type OutlierDetectionArgs,
    type RetriesArgs,
    type SharedPortArgs,
    type SharedServiceArgs,
    type SharingArgs,
} from "./sharedServiceArgs";
export { ISTIO_CHARTS, ISTIO_MINORS, ISTIO_VERSION } from "./versions";

/**
 * The components of the plugin for programs in YAML, Python and Go: all but Mesh, since Pulumi's schema has no form for a map of
 * clusters with a provider each. Programs in these languages make a mesh of its parts.
 */
export { ControlPlane } from "./controlPlane";
export { DenyByDefault } from "./denyByDefault";
export { EastWestGateway } from "./eastWestGateway";
export { ExternalControlPlane } from "./externalControlPlane";
export { IngressGateway } from "./ingressGateway";
export { IntermediateCa } from "./intermediateCa";
export { MeshCluster } from "./meshCluster";
export { RemoteControlPlane } from "./remoteControlPlane";
export { RemoteReader } from "./remoteReader";
export { RemoteSecret } from "./remoteSecret";
export { RootCa } from "./rootCa";
export { SampleApps } from "./sampleApps";
export { SharedService } from "./sharedService";

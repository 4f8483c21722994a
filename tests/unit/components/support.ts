/** A cluster as tests of its components need it. */
import { MeshCluster, type MeshClusterArgs, SampleApps, type SampleAppsArgs } from "../../../components/index";
import { provider, record, type Recording } from "../../support/record";

export const RELEASE = "kubernetes:helm.sh/v3:Release";
export const SECRET = "kubernetes:core/v1:Secret";
export const SERVICE = "kubernetes:core/v1:Service";
export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const GATEWAY = "kubernetes:networking.istio.io/v1:Gateway";

/** Environment of every istiod. */
export const ISTIOD_ENV = { ISTIO_MULTIROOT_MESH: "true", PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: "false" };

export const ARGS: MeshClusterArgs = {
    istio: { version: "1.31.9", charts: "https://charts.example.org" },
    meshId: "usmesh",
    clusterName: "west-cluster",
    network: "west-network",
    certificateAuthority: {
        certificate: "intermediate\n",
        privateKey: "private key\n",
        rootCertificate: "root\n",
    },
    apiServer: "https://10.0.0.2:6443",
};

export const APPS: SampleAppsArgs = {
    controlPlane: "istio-system",
    cluster: "west",
    host: "webapp.example.org",
    webappImage: "registry.example.org/webapp:1",
    catalogImage: "registry.example.org/catalog:1",
};

/** Cluster `west`, without ingress and apps but for what `args` asks for. */
export function meshCluster(args: Partial<MeshClusterArgs> = {}): Promise<Recording<MeshCluster>> {
    return record(() => new MeshCluster("west", { ...ARGS, ...args }, { provider: provider("west") }));
}

/** The sample apps of cluster `west`, with catalog's Service alone but for what `args` asks for. */
export function sampleApps(args: Partial<SampleAppsArgs> = {}): Promise<Recording<SampleApps>> {
    return record(() => new SampleApps("west-apps", { ...APPS, ...args }, { provider: provider("west") }));
}

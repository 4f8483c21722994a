/** Values of the chart `istiod`, as far as this library sets them. */
export interface IstiodValues {
    readonly global: {
        readonly meshID: string;
        readonly multiCluster: { readonly clusterName: string };
        readonly network: string;
    };
    readonly meshConfig: { readonly trustDomain: string };
}

/** What one control plane has to know about itself to be part of a mesh over several clusters. */
export interface ControlPlaneIdentity {
    readonly meshId: string;
    readonly clusterName: string;
    readonly network: string;
    readonly trustDomain: string;
}

/** @see https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/ */
export function istiodValues({ meshId, clusterName, network, trustDomain }: ControlPlaneIdentity): IstiodValues {
    return {
        global: { meshID: meshId, multiCluster: { clusterName }, network },
        meshConfig: { trustDomain },
    };
}

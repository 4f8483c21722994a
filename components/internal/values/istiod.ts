import type * as pulumi from "@pulumi/pulumi";
import type { IstioArgs } from "../../istio";
import type { SharingArgs } from "../../sharedServiceArgs";
import { PROBE_HOSTS } from "../services";
import { type Fixed } from "./conflicts";
import { scheduling } from "./workload";
import type { Values } from "./layers";

/** What one control plane has to know about itself to be part of a mesh over several clusters. */
export interface ControlPlaneIdentity {
    readonly meshId: pulumi.Input<string>;
    readonly clusterName: string;
    readonly network: string;
    readonly trustDomain: pulumi.Input<string>;
    /** Whether it serves clusters without an istiod, too. */
    readonly shared?: boolean | undefined;
    /** What of other clusters its clients find, if not everything. */
    readonly sharing?: SharingArgs | undefined;
}

/** What a cluster without an istiod has to know. */
export interface RemoteIdentity extends ControlPlaneIdentity {
    /** The istiod that serves it: Istio's name of its cluster, and its IP address, undefined until there is one. */
    readonly primary: { readonly clusterName: string; readonly address?: pulumi.Input<string> | undefined };
}

/** Whether it is a cluster's own istiod that serves it from outside: the cluster then has the configuration of the mesh. */
export function isConfigCluster({ clusterName, primary }: Pick<RemoteIdentity, "clusterName" | "primary">): boolean {
    return primary.clusterName === clusterName;
}

/** What an istiod outside of its mesh has to know; the rest is in the cluster that it bears the name of. */
export interface ExternalIdentity extends Pick<ControlPlaneIdentity, "clusterName"> {
    /** Tells the kubeconfig that it starts with from another one. */
    readonly kubeconfigSum?: pulumi.Input<string>;
}

/** @see https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/ */
export function istiodIdentity({ shared, ...member }: ControlPlaneIdentity): Fixed[] {
    return [
        ...memberIdentity(member),
        ...meshSettings(member),
        {
            keys: ["global", "externalIstiod"],
            value: shared === true ? true : undefined,
            instead: "set `shared` of the control plane",
        },
    ];
}

/**
 * An istiod in a cluster that it does not serve: what it needs there is in one namespace, and its configuration is in the cluster
 * that it bears the name of.
 * @see https://istio.io/latest/docs/setup/install/external-controlplane/
 */
export function externalIdentity({ clusterName, kubeconfigSum }: ExternalIdentity): Fixed[] {
    const instead = "this istiod serves other clusters than its own";
    return [
        named(clusterName),
        { keys: ["global", "externalIstiod"], value: true, instead },
        { keys: ["global", "resourceScope"], value: "namespace", instead },
        { keys: ["configMap"], value: false, instead: "the config cluster has the configuration of the mesh" },
        { keys: ["global", "omitSidecarInjectorConfigMap"], value: true, instead },
        // Remote Secrets beside istiod: in the config cluster, they would let its administrators into the others.
        { keys: ["env", "LOCAL_CLUSTER_SECRET_WATCHER"], value: "true", instead },
        { keys: ["podAnnotations", KUBECONFIG_SUM], value: kubeconfigSum, instead },
    ];
}

/** Annotation of pods of an istiod that starts with a kubeconfig. */
const KUBECONFIG_SUM = "istio-multicluster/kubeconfig-sha256";

/** @see https://istio.io/latest/docs/setup/install/multicluster/primary-remote_multi-network/ */
export function remoteIdentity({ primary, ...member }: RemoteIdentity): Fixed[] {
    const { clusterName, network } = member;
    const instead = "no istiod runs in this cluster";
    return [
        ...memberIdentity(member),
        REMOTE_PROFILE,
        { keys: ["global", "configCluster"], value: true, instead },
        { keys: ["global", "remotePilotAddress"], value: primary.address, instead: "set `primary.address`" },
        {
            keys: ["istiodRemote", "injectionPath"],
            value: `/inject/cluster/${clusterName}/net/${network}`,
            instead: "set `clusterName` and `network` of the cluster",
        },
        ...(isConfigCluster({ clusterName, primary })
            ? [
                  ...meshSettings(member),
                  { keys: ["configMap"], value: true, instead: "istiod reads the configuration of the mesh here" },
                  { keys: ["global", "omitSidecarInjectorConfigMap"], value: false, instead },
              ]
            : []),
    ];
}

/** What leaves istiod out of the charts. */
export const REMOTE_PROFILE: Fixed = {
    keys: ["profile"],
    value: "remote",
    instead: "no istiod runs in this cluster",
};

function named(clusterName: string): Fixed {
    const instead = "set `clusterName` of the cluster";
    return { keys: ["global", "multiCluster", "clusterName"], value: clusterName, instead };
}

/** Settings of the mesh that its istiod reads in this cluster. */
function meshSettings({ trustDomain, sharing }: Pick<ControlPlaneIdentity, "trustDomain" | "sharing">): Fixed[] {
    return [
        { keys: ["meshConfig", "trustDomain"], value: trustDomain, instead: "set `trustDomain` of the mesh" },
        ...(sharing === undefined
            ? []
            : [
                  {
                      keys: ["meshConfig", "serviceSettings"],
                      value: serviceSettings(sharing),
                      instead: "list `services` of the mesh",
                  },
              ]),
    ];
}

/** @see https://istio.io/latest/docs/ops/configuration/traffic-management/multicluster/#keeping-traffic-in-cluster */
function serviceSettings({ known }: SharingArgs): Values[] {
    return [
        { settings: { clusterLocal: true }, hosts: ["*.svc.cluster.local"] },
        { settings: { clusterLocal: false }, hosts: [PROBE_HOSTS, ...known] },
    ];
}

function memberIdentity({ meshId, clusterName, network }: ControlPlaneIdentity): Fixed[] {
    return [
        { keys: ["global", "meshID"], value: meshId, instead: "set the id of the mesh" },
        named(clusterName),
        { keys: ["global", "network"], value: network, instead: "set `network` of the cluster" },
    ];
}

/**
 * What a rotation of the root needs before its first step: an istiod that takes several roots while it runs and tells proxies
 * of them, and proxies that listen. New pods only have the latter, so it is on from the first `up`.
 * https://github.com/istio/istio/tree/master/tests/integration/security/cacert_rotation
 *
 * And an istiod that names only endpoints that are ready: of other networks it names the gateway, as sound, when nothing
 * behind it is. https://github.com/istio/istio/pull/40568
 */
export const ISTIOD_DEFAULTS: Values = {
    env: { ISTIO_MULTIROOT_MESH: "true", PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: "false" },
    meshConfig: { defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } } },
};

/** Values of chart `istiod` for the typed settings. */
export function istiodSettings({ istiod = {}, cni, dnsProxy, accessLogFile, ...images }: IstioArgs): Values {
    const { replicas, autoscaling, disruptionBudget: budget } = istiod;
    const meshConfig = {
        ...(accessLogFile === undefined ? {} : { accessLogFile }),
        ...(dnsProxy === true ? { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } } } : {}),
    };
    return {
        ...globalImages(images),
        ...(Object.keys(meshConfig).length === 0 ? {} : { meshConfig }),
        ...(cni === true ? { cni: { enabled: true } } : {}),
        ...(replicas === undefined ? {} : { autoscaleEnabled: false, replicaCount: replicas }),
        ...(autoscaling === undefined
            ? {}
            : { autoscaleEnabled: true, autoscaleMin: autoscaling.min, autoscaleMax: autoscaling.max }),
        // The chart has a default of the first, and a budget has one of the two.
        ...(budget === undefined
            ? {}
            : { pdb: budget.maxUnavailable === undefined ? budget : { ...budget, minAvailable: null } }),
        ...scheduling(istiod),
    };
}

/** Values `global` of the charts `base`, `istiod` and `cni`: where images come from. */
export function globalImages({ hub, tag, variant, pullSecrets }: IstioArgs): Values {
    const global = {
        ...(hub === undefined ? {} : { hub }),
        ...(tag === undefined ? {} : { tag }),
        ...(variant === undefined ? {} : { variant }),
        ...(pullSecrets === undefined ? {} : { imagePullSecrets: pullSecrets }),
    };
    return Object.keys(global).length === 0 ? {} : { global };
}

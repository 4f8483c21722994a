import type * as pulumi from "@pulumi/pulumi";
import type { IstioArgs } from "../../istio";
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
}

/** What a cluster without an istiod has to know. */
export interface RemoteIdentity extends Omit<ControlPlaneIdentity, "trustDomain"> {
    /** IP address of the istiod that serves it; undefined until there is one. */
    readonly address: pulumi.Input<string> | undefined;
}

/** @see https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/ */
export function istiodIdentity({ trustDomain, shared, ...member }: ControlPlaneIdentity): Fixed[] {
    return [
        ...memberIdentity(member),
        { keys: ["meshConfig", "trustDomain"], value: trustDomain, instead: "set `trustDomain` of the mesh" },
        {
            keys: ["global", "externalIstiod"],
            value: shared === true ? true : undefined,
            instead: "set `shared` of the control plane",
        },
    ];
}

/** @see https://istio.io/latest/docs/setup/install/multicluster/primary-remote_multi-network/ */
export function remoteIdentity({ address, ...member }: RemoteIdentity): Fixed[] {
    const { clusterName, network } = member;
    const instead = "this cluster has no istiod of its own";
    return [
        ...memberIdentity(member),
        REMOTE_PROFILE,
        { keys: ["global", "configCluster"], value: true, instead },
        { keys: ["global", "remotePilotAddress"], value: address, instead: "set `primary.address`" },
        {
            keys: ["istiodRemote", "injectionPath"],
            value: `/inject/cluster/${clusterName}/net/${network}`,
            instead: "set `clusterName` and `network` of the cluster",
        },
    ];
}

/** What leaves istiod out of the charts. */
export const REMOTE_PROFILE: Fixed = {
    keys: ["profile"],
    value: "remote",
    instead: "this cluster has no istiod of its own",
};

function memberIdentity({ meshId, clusterName, network }: Omit<ControlPlaneIdentity, "trustDomain">): Fixed[] {
    return [
        { keys: ["global", "meshID"], value: meshId, instead: "set the id of the mesh" },
        {
            keys: ["global", "multiCluster", "clusterName"],
            value: clusterName,
            instead: "set `clusterName` of the cluster",
        },
        { keys: ["global", "network"], value: network, instead: "set `network` of the cluster" },
    ];
}

/**
 * What a rotation of the root needs before its first step: an istiod that takes several roots while it runs and tells proxies
 * of them, and proxies that listen. New pods only have the latter, so it is on from the first `up`.
 * https://github.com/istio/istio/tree/master/tests/integration/security/cacert_rotation
 */
export const ISTIOD_DEFAULTS: Values = {
    env: { ISTIO_MULTIROOT_MESH: "true" },
    meshConfig: { defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } } },
};

/** Values of chart `istiod` for the typed settings. */
export function istiodSettings({ istiod = {}, cni, accessLogFile, ...images }: IstioArgs): Values {
    const { replicas, autoscaling, disruptionBudget: budget } = istiod;
    return {
        ...globalImages(images),
        ...(accessLogFile === undefined ? {} : { meshConfig: { accessLogFile } }),
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

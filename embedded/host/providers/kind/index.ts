/** The kind package (https://github.com/tehcyx/terraform-provider-kind), served by this machine's local clusters. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { contextOf, readKubeconfig } from "../../../../shared/kubeconfig";
import type { Progress } from "../../../../shared/progress";
import { type ClusterRequest, type LocalCluster, type LocalClusters, NETWORK_LABEL } from "../../../localClusters";
import {
    UNKNOWN,
    type Diff,
    type Operation,
    type Properties,
    type Provider,
    type ProviderPackage,
    type ReadResult,
    type ResourceState,
    type Result,
} from "../provider";
import { changedNames, checkInputs, NO_CHANGE, promised } from "../inputs";

const CLUSTER = "kind:index/cluster:Cluster";
const SECRETS = ["kubeconfig", "clientCertificate", "clientKey"];
const COMPUTED = ["kubeconfig", "clientCertificate", "clientKey", "clusterCaCertificate", "completed", "endpoint"];

const inputs = z.strictObject({
    name: z.string(),
    /** A local node runs the Kubernetes of the toolchain, and lies in the folder of its mesh; it is always waited for. */
    nodeImage: z.string().optional(),
    kubeconfigPath: z.string().optional(),
    waitForReady: z.boolean().optional(),
    kindConfig: z
        .strictObject({
            apiVersion: z.literal("kind.x-k8s.io/v1alpha4"),
            kind: z.literal("Cluster"),
            networking: z
                .strictObject({ podSubnet: z.cidrv4().optional(), serviceSubnet: z.cidrv4().optional() })
                .optional(),
            /** One; its network is the one that its pods share with others. */
            nodes: z
                .tuple([
                    z.strictObject({
                        role: z.literal("control-plane"),
                        labels: z.strictObject({ [NETWORK_LABEL]: z.string() }),
                    }),
                ])
                .optional(),
        })
        .optional(),
});

export function kindPackage(clusters: LocalClusters): ProviderPackage {
    return {
        name: "kind",
        version: "0.9.0",
        checkConfig: (config) => config,
        diffConfig: () => NO_CHANGE,
        configure: () => clusterProvider(clusters),
    };
}

function clusterProvider(clusters: LocalClusters): Provider {
    const up = async (operation: Operation, properties: Properties): Promise<Result> => {
        const progress = progressOf(operation);
        const cluster = await clusters.up(requestOf(properties), progress, operation.signal);
        sayVersion(properties, cluster, progress);
        return result(properties, cluster);
    };
    return {
        serves: (type) => type === CLUSTER,
        check: (operation, _olds, news) => promised(() => checkInputs(inputs, operation, news)),
        diff: async (_operation, old, news) => diffCluster(old, news, await clusters.get(old.id)),
        create(operation, properties) {
            if (!operation.preview) return up(operation, properties);
            const unknown = Object.fromEntries(COMPUTED.map((name) => [name, UNKNOWN]));
            return Promise.resolve({ id: "", outputs: { ...properties, ...unknown }, secretOutputs: SECRETS });
        },
        update: () => Promise.reject(new Error("every change of a kind cluster is a replacement")),
        async ensure(operation, old) {
            const found = await clusters.get(old.id);
            if (found?.health === "ready") return undefined;
            const repaired = await up(operation, old.inputs);
            return isDeepStrictEqual(repaired.outputs, old.outputs) ? undefined : repaired;
        },
        async read(_operation, id, old): Promise<ReadResult | undefined> {
            const found = await clusters.get(id);
            if (found === undefined) return undefined;
            const properties = old?.inputs ?? { name: id };
            return { ...result(properties, found), inputs: properties };
        },
        delete: (operation, old) => clusters.delete(old.id, progressOf(operation)),
    };
}

/** A local node has the Kubernetes of the toolchain: where its image promises another minor release, that is said. */
function sayVersion({ nodeImage }: Properties, { version }: LocalCluster, progress: Progress): void {
    const minor = (text: string) => /v\d+\.\d+/.exec(text)?.[0];
    if (typeof nodeImage === "string" && minor(nodeImage) !== minor(version)) {
        progress(`runs Kubernetes ${version} of the toolchain, whatever its nodeImage ${nodeImage} has`);
    }
}

/** The step that these lines belong to names the cluster already. */
function progressOf({ progress }: Operation): Progress {
    return (line) => {
        progress(line.replace(/^cluster \S+: /, ""));
    };
}

/** Every change is a replacement, and so is a cluster that is gone: a preview says what the up will do. */
function diffCluster(old: ResourceState, news: Properties, found: LocalCluster | undefined): Diff {
    const changed = changedNames(old.inputs, news);
    if (found === undefined) changed.push("completed");
    return { changed, replace: changed, deleteBeforeReplace: true };
}

function requestOf(properties: Properties): ClusterRequest {
    const { name, kindConfig } = inputs.parse(properties);
    const { podSubnet, serviceSubnet } = kindConfig?.networking ?? {};
    const network = kindConfig?.nodes?.[0].labels[NETWORK_LABEL];
    return {
        name,
        ...(podSubnet === undefined ? {} : { podSubnet }),
        ...(serviceSubnet === undefined ? {} : { serviceSubnet }),
        ...(network === undefined ? {} : { network }),
    };
}

function result(properties: Properties, cluster: LocalCluster): Result {
    const { cluster: way, user } = contextOf(readKubeconfig(cluster.kubeconfig), undefined);
    return {
        id: cluster.name,
        outputs: {
            ...properties,
            kubeconfig: cluster.kubeconfig,
            clientCertificate: decode(user["client-certificate-data"]),
            clientKey: decode(user["client-key-data"]),
            clusterCaCertificate: decode(way["certificate-authority-data"]),
            completed: true,
            endpoint: cluster.apiServer,
            kubeconfigPath: cluster.kubeconfigPath,
        },
        secretOutputs: SECRETS,
    };
}

function decode(base64 = ""): string {
    return Buffer.from(base64, "base64").toString("utf8");
}

/** Read-only view of one cluster through its API server. */
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import type * as client from "@kubernetes/client-node";
import { z } from "zod";
import { answered, connect, statusOf, type Client } from "./connection";
import type { Way } from "../mesh";
import { once, type Remembering } from "./once";
import { askPod, type PodPort, type PodRequest } from "./podHttp";
import { Rights } from "./rights";
import { anySignal } from "../../shared/signals";

/** Limit of one request, where nothing else is said. */
const READ_SECONDS = 10;

/** A way to an API server. */
export interface WayIn {
    readonly server: string;
    /** CA of it, PEM. */
    readonly authority: string;
    /** Name that its certificate has to have; default the host of `server`. */
    readonly serverName?: string | undefined;
}

export class KubernetesView implements Remembering {
    public readonly remembers: boolean;
    /** URL of the API server. */
    public readonly server: string;
    /** What the user of the kubeconfig may do. */
    public readonly rights: Rights;
    private readonly name: string;
    private readonly seconds: number;
    private readonly core: client.CoreV1Api;
    private readonly version: client.VersionApi;
    private readonly custom: client.CustomObjectsApi;
    private readonly forward: client.PortForward;
    private readonly cluster: client.Cluster;
    /** CA of the API server, PEM; undefined where the kubeconfig relies on the machine's own. */
    public readonly authority: string | undefined;
    /** The cluster in which the cluster's own istiod runs, with its Secrets: mostly this one. */
    public readonly istiod: KubernetesView;

    /**
     * @param signal Ends every read.
     * @param seconds Limit of one request.
     * @param remembers Whether all who ask the same share one answer: a picture of one moment. Default no.
     * @throws ObservationError when the kubeconfig is unusable.
     */
    public constructor(
        private readonly library: Client,
        way: Way & { readonly external?: Way },
        private readonly signal: AbortSignal,
        { remembers = false, seconds = READ_SECONDS }: Partial<Remembering> & { readonly seconds?: number } = {},
    ) {
        this.name = way.name;
        this.seconds = seconds;
        this.remembers = remembers;
        const { config, configuration, cluster } = connect(library, way, signal, seconds);
        this.cluster = cluster;
        this.server = cluster.server;
        this.core = new library.CoreV1Api(configuration);
        this.version = new library.VersionApi(configuration);
        this.custom = new library.CustomObjectsApi(configuration);
        this.forward = new library.PortForward(config);
        this.rights = new Rights(library, configuration, (what, answer) => this.ask(what, answer));
        const { caData, caFile } = cluster;
        this.istiod =
            way.external === undefined
                ? this
                : new KubernetesView(library, way.external, signal, { remembers, seconds });
        this.authority = caData
            ? Buffer.from(caData, "base64").toString("utf8")
            : caFile && readFileSync(caFile, "utf8");
    }

    /** Version of the API server, e.g. `v1.34.4`. */
    @once
    public async serverVersion(): Promise<string> {
        const { gitVersion } = await this.ask("reading the version", this.version.getCode());
        return gitVersion;
    }

    @once
    public async nodes(): Promise<client.V1Node[]> {
        return (await this.ask("listing nodes", this.core.listNode())).items;
    }

    /** Running pods with a label selector, in one namespace or, without it, in all. */
    @once
    public async runningPods(labelSelector: string, namespace?: string): Promise<client.V1Pod[]> {
        const fieldSelector = "status.phase=Running";
        const what = `listing pods with ${labelSelector}`;
        const list =
            namespace === undefined
                ? await this.ask(what, this.core.listPodForAllNamespaces({ labelSelector, fieldSelector }))
                : await this.ask(what, this.core.listNamespacedPod({ namespace, labelSelector, fieldSelector }));
        // A pod that is going away no longer speaks for its workload.
        return list.items.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
    }

    /** Pods with a label selector in all namespaces, whatever their phase. */
    @once
    public async pods(labelSelector: string): Promise<client.V1Pod[]> {
        const what = `listing pods with ${labelSelector}`;
        return (await this.ask(what, this.core.listPodForAllNamespaces({ labelSelector }))).items;
    }

    @once
    public async service(namespace: string, name: string): Promise<client.V1Service> {
        return this.ask(`reading Service ${namespace}/${name}`, this.core.readNamespacedService({ namespace, name }));
    }

    /** How far ahead of this machine's the API server's clock is; exact to the second and the way there. Seconds. */
    @once
    public async clockDifference(): Promise<number> {
        const { headers } = await this.ask("reading the version", this.version.getCodeWithHttpInfo());
        return (Date.parse(headers["date"] ?? "") - Date.now()) / 1000;
    }

    /** A namespace; undefined where there is none. */
    @once
    public async namespace(name: string): Promise<client.V1Namespace | undefined> {
        return this.ifThere(`reading Namespace ${name}`, this.core.readNamespace({ name }));
    }

    /** Labels of all namespaces, by name. */
    @once
    public async namespaceLabels(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
        const { items } = await this.ask("listing Namespaces", this.core.listNamespace());
        return Object.fromEntries(items.map(({ metadata }) => [metadata?.name ?? "", metadata?.labels ?? {}]));
    }

    /** A Secret; undefined where there is none. */
    @once
    public async secret(namespace: string, name: string): Promise<client.V1Secret | undefined> {
        return this.ifThere(`reading Secret ${namespace}/${name}`, this.core.readNamespacedSecret({ namespace, name }));
    }

    @once
    public async secrets(namespace: string, labelSelector: string): Promise<client.V1Secret[]> {
        const what = `listing Secrets with ${labelSelector}`;
        return (await this.ask(what, this.core.listNamespacedSecret({ namespace, labelSelector }))).items;
    }

    /** Secrets of all namespaces, of one name or with a label. */
    @once
    public async secretsAnywhere(by: { name: string } | { labelSelector: string }): Promise<client.V1Secret[]> {
        const selector = "name" in by ? { fieldSelector: `metadata.name=${by.name}` } : by;
        return (await this.ask("listing Secrets of all namespaces", this.core.listSecretForAllNamespaces(selector)))
            .items;
    }

    /** A ConfigMap; undefined where there is none. */
    @once
    public async configMap(namespace: string, name: string): Promise<client.V1ConfigMap | undefined> {
        const what = `reading ConfigMap ${namespace}/${name}`;
        return this.ifThere(what, this.core.readNamespacedConfigMap({ namespace, name }));
    }

    /** ConfigMaps of all namespaces. */
    @once
    public async configMaps(labelSelector: string): Promise<client.V1ConfigMap[]> {
        const what = `listing ConfigMaps with ${labelSelector}`;
        return (await this.ask(what, this.core.listConfigMapForAllNamespaces({ labelSelector }))).items;
    }

    /** Services of all namespaces. */
    @once
    public async services(): Promise<client.V1Service[]> {
        return (await this.ask("listing Services", this.core.listServiceForAllNamespaces())).items;
    }

    /** Objects of a kind outside of the core group, of all namespaces; none where the API server does not know it. */
    public async objects<T>(
        group: string,
        version: string,
        plural: string,
        schema: z.ZodType<T>,
        labelSelector?: string,
    ): Promise<T[]> {
        const found = await this.list(group, version, plural, labelSelector);
        return found === undefined ? [] : z.object({ items: z.array(schema) }).parse(found).items;
    }

    /** The same cluster as another account sees it. @param at Another way to its API server, and nothing of this one's. */
    public as(token: string, at?: WayIn): KubernetesView {
        const config = new this.library.KubeConfig();
        const cluster = at && {
            name: this.cluster.name,
            server: at.server,
            caData: Buffer.from(at.authority).toString("base64"),
            skipTLSVerify: false,
            ...(at.serverName === undefined ? {} : { tlsServerName: at.serverName }),
        };
        config.loadFromClusterAndUser(cluster ?? this.cluster, { name: "account", token });
        const { name, signal, seconds } = this;
        return new KubernetesView(this.library, { name, kubeconfig: config.exportConfig() }, signal, { seconds });
    }

    /** Body of GET `path` on a port of a pod, its loopback included. */
    @once
    public async getFromPod(port: PodPort, path: string): Promise<string> {
        return this.askPod(port, { path });
    }

    /** Body of the answer to any request to a port of a pod, its loopback included. */
    public async askPod(port: PodPort, request: PodRequest): Promise<string> {
        const signal = anySignal([this.signal], this.seconds * 1000);
        return this.ask("port-forward", askPod(this.forward, port, request, signal));
    }

    /** Has a socket talk to a port of a pod, its loopback included, until either ends. */
    public async connectTo({ namespace, pod, port }: PodPort, socket: Duplex): Promise<void> {
        await this.forward.portForward(namespace, pod, [port], socket, null, socket);
    }

    @once
    private async list(group: string, version: string, plural: string, labelSelector?: string): Promise<unknown> {
        const by = labelSelector === undefined ? {} : { labelSelector };
        const list: Promise<unknown> = this.custom.listClusterCustomObject({ group, version, plural, ...by });
        return this.ifThere(`listing ${plural}`, list);
    }

    private async ifThere<T>(what: string, answer: Promise<T>): Promise<T | undefined> {
        const none = answer.catch((error: unknown) => {
            if (statusOf(error) === 404) return undefined;
            throw error;
        });
        return this.ask(what, none);
    }

    private ask<T>(what: string, answer: Promise<T>): Promise<T> {
        return answered(this.name, what, answer, this.seconds);
    }
}

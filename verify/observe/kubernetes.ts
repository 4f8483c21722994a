/** Read-only view of one cluster through its API server. */
import type { Duplex } from "node:stream";
import type * as client from "@kubernetes/client-node";
import { z } from "zod";
import { type Api, openApi } from "./api";
import { answered, statusOf, type Client } from "./connection";
import type { Way } from "../mesh";
import { once, type Remembering } from "./once";
import { askPod, type PodPort, type PodRequest } from "./podHttp";
import type { Rights } from "./rights";
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
    /** The cluster in which the cluster's own istiod runs, with its Secrets: mostly this one. */
    public readonly istiod: KubernetesView;
    private readonly name: string;
    private readonly seconds: number;
    #api: Api | undefined;

    /**
     * @param signal Ends every read.
     * @param seconds Limit of one request.
     * @param remembers Whether all who ask the same share one answer: a picture of one moment. Default no.
     */
    public constructor(
        private readonly library: Client,
        private readonly way: Way & { readonly external?: Way },
        private readonly signal: AbortSignal,
        { remembers = false, seconds = READ_SECONDS }: Partial<Remembering> & { readonly seconds?: number } = {},
    ) {
        this.name = way.name;
        this.seconds = seconds;
        this.remembers = remembers;
        this.istiod =
            way.external === undefined
                ? this
                : new KubernetesView(library, way.external, signal, { remembers, seconds });
    }

    /** Opened when it is first needed: a kubeconfig that cannot be used is a matter of its own cluster alone. */
    private get api(): Api {
        const { library, way, signal, seconds } = this;
        return (this.#api ??= openApi(library, way, signal, seconds, (what, answer) => this.ask(what, answer)));
    }

    /** URL of the API server. @throws ObservationError when the kubeconfig is unusable, as everything here. */
    public get server(): string {
        return this.api.cluster.server;
    }

    /** CA of the API server, PEM; undefined where the kubeconfig relies on the machine's own. */
    public get authority(): string | undefined {
        return this.api.authority;
    }

    /** What the user of the kubeconfig may do. */
    public get rights(): Rights {
        return this.api.rights;
    }

    /** Version of the API server, e.g. `v1.34.4`. */
    public async serverVersion(): Promise<string> {
        return (await this.versionNow()).version;
    }

    /** How far ahead of this machine's the API server's clock is; exact to the second and the way there. Seconds. */
    public async clockDifference(): Promise<number> {
        return (await this.versionNow()).ahead;
    }

    @once
    private async versionNow(): Promise<{ readonly version: string; readonly ahead: number }> {
        const { data, headers } = await this.ask("reading the version", this.api.version.getCodeWithHttpInfo());
        return { version: data.gitVersion, ahead: (Date.parse(headers["date"] ?? "") - Date.now()) / 1000 };
    }

    @once
    public async nodes(): Promise<client.V1Node[]> {
        return (await this.ask("listing nodes", this.api.core.listNode())).items;
    }

    /** Running pods with a label selector, in one namespace or, without it, in all. */
    @once
    public async runningPods(labelSelector: string, namespace?: string): Promise<client.V1Pod[]> {
        const fieldSelector = "status.phase=Running";
        const what = `listing pods with ${labelSelector}`;
        const list =
            namespace === undefined
                ? await this.ask(what, this.api.core.listPodForAllNamespaces({ labelSelector, fieldSelector }))
                : await this.ask(what, this.api.core.listNamespacedPod({ namespace, labelSelector, fieldSelector }));
        // A pod that is going away no longer speaks for its workload.
        return list.items.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
    }

    /** Pods with a label selector in all namespaces, whatever their phase. */
    @once
    public async pods(labelSelector: string): Promise<client.V1Pod[]> {
        const what = `listing pods with ${labelSelector}`;
        return (await this.ask(what, this.api.core.listPodForAllNamespaces({ labelSelector }))).items;
    }

    @once
    public async service(namespace: string, name: string): Promise<client.V1Service> {
        return this.ask(
            `reading Service ${namespace}/${name}`,
            this.api.core.readNamespacedService({ namespace, name }),
        );
    }

    /** A namespace; undefined where there is none. */
    @once
    public async namespace(name: string): Promise<client.V1Namespace | undefined> {
        return this.ifThere(`reading Namespace ${name}`, this.api.core.readNamespace({ name }));
    }

    /** Labels of all namespaces, by name. */
    @once
    public async namespaceLabels(): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
        const { items } = await this.ask("listing Namespaces", this.api.core.listNamespace());
        return Object.fromEntries(items.map(({ metadata }) => [metadata?.name ?? "", metadata?.labels ?? {}]));
    }

    /** A Secret; undefined where there is none. */
    @once
    public async secret(namespace: string, name: string): Promise<client.V1Secret | undefined> {
        return this.ifThere(
            `reading Secret ${namespace}/${name}`,
            this.api.core.readNamespacedSecret({ namespace, name }),
        );
    }

    @once
    public async secrets(namespace: string, labelSelector: string): Promise<client.V1Secret[]> {
        const what = `listing Secrets with ${labelSelector}`;
        return (await this.ask(what, this.api.core.listNamespacedSecret({ namespace, labelSelector }))).items;
    }

    /** Secrets of all namespaces, of one name or with a label. */
    @once
    public async secretsAnywhere(by: { name: string } | { labelSelector: string }): Promise<client.V1Secret[]> {
        const selector = "name" in by ? { fieldSelector: `metadata.name=${by.name}` } : by;
        return (await this.ask("listing Secrets of all namespaces", this.api.core.listSecretForAllNamespaces(selector)))
            .items;
    }

    /** A ConfigMap; undefined where there is none. */
    @once
    public async configMap(namespace: string, name: string): Promise<client.V1ConfigMap | undefined> {
        const what = `reading ConfigMap ${namespace}/${name}`;
        return this.ifThere(what, this.api.core.readNamespacedConfigMap({ namespace, name }));
    }

    /** ConfigMaps of all namespaces. */
    @once
    public async configMaps(labelSelector: string): Promise<client.V1ConfigMap[]> {
        const what = `listing ConfigMaps with ${labelSelector}`;
        return (await this.ask(what, this.api.core.listConfigMapForAllNamespaces({ labelSelector }))).items;
    }

    /** Services of all namespaces. */
    @once
    public async services(): Promise<client.V1Service[]> {
        return (await this.ask("listing Services", this.api.core.listServiceForAllNamespaces())).items;
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
            name: this.api.cluster.name,
            server: at.server,
            caData: Buffer.from(at.authority).toString("base64"),
            skipTLSVerify: false,
            ...(at.serverName === undefined ? {} : { tlsServerName: at.serverName }),
        };
        config.loadFromClusterAndUser(cluster ?? this.api.cluster, { name: "account", token });
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
        return this.ask("port-forward", askPod(this.api.forward, port, request, signal));
    }

    /** Has a socket talk to a port of a pod, its loopback included, until either ends. */
    public async connectTo({ namespace, pod, port }: PodPort, socket: Duplex): Promise<void> {
        await this.api.forward.portForward(namespace, pod, [port], socket, null, socket);
    }

    @once
    private async list(group: string, version: string, plural: string, labelSelector?: string): Promise<unknown> {
        const by = labelSelector === undefined ? {} : { labelSelector };
        const list: Promise<unknown> = this.api.custom.listClusterCustomObject({ group, version, plural, ...by });
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

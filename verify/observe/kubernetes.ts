/** Read-only view of one cluster through its API server. */
import type * as client from "@kubernetes/client-node";
import { within } from "../limit";
import type { MeshCluster } from "../mesh";
import { getFromPod, type PodPort } from "./podHttp";

/** Limit of one read. */
const READ_SECONDS = 5;

/** What {@link KubernetesView} needs of the library, which takes a third of a second to load. */
export type Client = typeof client;

/** The API server could not be asked, or refused. The message is short and holds no credentials. */
export class ObservationError extends Error {
    public override readonly name = "ObservationError";
}

export class KubernetesView {
    private readonly name: string;
    private readonly core: client.CoreV1Api;
    private readonly version: client.VersionApi;
    private readonly forward: client.PortForward;

    /**
     * @param cluster Its name is how messages call it.
     * @param signal Ends every read.
     * @throws ObservationError when the kubeconfig is unusable.
     */
    public constructor(
        { KubeConfig, ServerConfiguration, createConfiguration, CoreV1Api, VersionApi, PortForward }: Client,
        cluster: MeshCluster,
        private readonly signal: AbortSignal,
    ) {
        this.name = cluster.name;
        const config = new KubeConfig();
        config.loadFromString(cluster.kubeconfig);
        if (cluster.context !== undefined) {
            config.setCurrentContext(cluster.context);
        }
        const server = config.getCurrentCluster()?.server;
        if (server === undefined) {
            throw new ObservationError(`${this.name}: the kubeconfig's context names no cluster`);
        }
        const configuration = createConfiguration({
            baseServer: new ServerConfiguration(server, {}),
            authMethods: { default: config },
            promiseMiddleware: [
                {
                    pre: (context) => {
                        context.setSignal(AbortSignal.any([signal, readLimit()]));
                        return Promise.resolve(context);
                    },
                    post: (context) => Promise.resolve(context),
                },
            ],
        });
        this.core = new CoreV1Api(configuration);
        this.version = new VersionApi(configuration);
        this.forward = new PortForward(config);
    }

    /** Version of the API server, e.g. `v1.34.4`. */
    public async serverVersion(): Promise<string> {
        const { gitVersion } = await this.ask("reading the version", this.version.getCode());
        return gitVersion;
    }

    public async nodes(): Promise<client.V1Node[]> {
        return (await this.ask("listing nodes", this.core.listNode())).items;
    }

    /** Running pods with a label selector, in one namespace or, without it, in all. */
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

    public async service(namespace: string, name: string): Promise<client.V1Service> {
        return this.ask(`reading Service ${namespace}/${name}`, this.core.readNamespacedService({ namespace, name }));
    }

    /** Body of GET `path` on a port of a pod, its loopback included. */
    public async getFromPod(port: PodPort, path: string): Promise<string> {
        return this.ask(
            "port-forward",
            getFromPod(this.forward, port, path, AbortSignal.any([this.signal, readLimit()])),
        );
    }

    private async ask<T>(what: string, answer: Promise<T>): Promise<T> {
        try {
            return await within(readLimit(), `no answer within ${READ_SECONDS} s`, answer);
        } catch (error) {
            throw new ObservationError(`${this.name}: ${what}: ${reason(error)}`);
        }
    }
}

function readLimit(): AbortSignal {
    return AbortSignal.timeout(READ_SECONDS * 1000);
}

/** The API's own message where there is one: the library's holds the whole response. */
function reason(error: unknown): string {
    if (!(error instanceof Error)) {
        return "the connection failed";
    }
    if ("code" in error && typeof error.code === "number" && "body" in error) {
        return `status ${error.code}: ${apiMessage(String(error.body)) ?? "no message"}`;
    }
    return error.message;
}

function apiMessage(body: string): string | undefined {
    try {
        const status: unknown = JSON.parse(body);
        return typeof status === "object" && status !== null && "message" in status
            ? String(status.message)
            : undefined;
    } catch {
        return undefined;
    }
}

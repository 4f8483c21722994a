import type * as client from "@kubernetes/client-node";
import type { LimitFunction } from "p-limit";
import { CONTROL_PORT, type Action, type Outcome } from "./pods/protocol";
import type { MeshCluster } from "../mesh";
import { answered, connect, ObservationError, statusOf, type Client } from "../observe/connection";
import { follow } from "../observe/follow";
import { KubernetesView } from "../observe/kubernetes";
import { CLUSTERS_PATH, ENVOY_ADMIN_PORT } from "../observe/envoy";
import {
    type Certificates,
    parseSecrets,
    parseUpstreams,
    type ServicePort,
    type Upstream,
} from "../observe/envoyAnswers";
import { controlPlaneOf, domainOfServices } from "../observe/controlPlane";
import { dialledInto, gatewaysInto, podsBehind, targetOf, type EastWestService } from "../observe/eastWest";
import { closedTo, type GatewayOpening } from "../observe/gatewayResources";
import { meshConfigOf, type Selector } from "../observe/meshConfig";
import { dottedName, isReady } from "../observe/objects";
import { PROBE_LABEL, type Manifest, type Role } from "./manifests";
import { parseOutcomes } from "./outcomes";
import type { Issuer } from "./workloadIdentity";

const NOT_FOUND = 404;
/** Limit of one request. Many clusters whose webhooks and pods start on few cores at once are slow to take a change. */
const REQUEST_SECONDS = 20;

/** A namespace of a probe, this run's or another's. */
export interface ProbeNamespace {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
}

/** A service account. */
export interface Account {
    readonly namespace: string;
    readonly name: string;
}

/** A pod behind a Service. */
export interface Behind {
    readonly address: string;
    readonly port: number;
    /** Name of its service account. */
    readonly account: string;
}

/** A probe's place in one cluster. All that it changes is in its namespace, or is an abandoned one of another run. */
export class ProbeSite {
    /** Name of the cluster. */
    public readonly name: string;
    private readonly view: KubernetesView;
    private readonly config: client.KubeConfig;
    private readonly core: client.CoreV1Api;
    private readonly objects: client.KubernetesObjectApi;

    /** @param signal Ends every request. @param turn Requests to pods of all clusters take turns. */
    public constructor(
        private readonly library: Client,
        public readonly declared: MeshCluster,
        public readonly namespace: string,
        signal: AbortSignal,
        private readonly turn: LimitFunction,
    ) {
        this.name = declared.name;
        const { config, configuration } = connect(library, declared, signal, REQUEST_SECONDS);
        this.config = config;
        this.view = new KubernetesView(library, declared, signal, { seconds: REQUEST_SECONDS });
        this.core = new library.CoreV1Api(configuration);
        this.objects = new library.KubernetesObjectApi(configuration);
    }

    /** Istio's revision that pods of this cluster can have: the one of its istiod. */
    public async revision(): Promise<string> {
        return (await controlPlaneOf(this.view)).revision;
    }

    /** Last part of the full names of its Services. */
    public domain(): Promise<string> {
        return domainOfServices(this.view);
    }

    /** Which namespaces its istiod reads; all where it has none. */
    public async discoverySelectors(): Promise<readonly Selector[]> {
        return (await meshConfigOf(this.view)).discoverySelectors;
    }

    /** Gateways that lead other networks to some Services only, the probe's not among them. */
    public closedGateways(): Promise<GatewayOpening[]> {
        return closedTo(this.view, this.namespace);
    }

    /** The gateways into its network. */
    public gateways(): Promise<EastWestService[]> {
        return gatewaysInto(this.view, this.declared.network);
    }

    /** Every `address:port` that these may have in a proxy of another cluster. */
    public dialledBy(client: ProbeSite, sites: readonly ProbeSite[]): Promise<string[]> {
        const looked = (site: ProbeSite) => ({ kubernetes: site.view, declared: site.declared });
        const near = sites.filter(({ declared }) => declared.network === this.declared.network);
        return dialledInto(looked(this), near.map(looked), client.view);
    }

    public async create(object: Manifest): Promise<void> {
        const what = `creating ${object.kind} ${object.metadata.name}`;
        await this.answer(what, this.objects.create(object));
    }

    /** Follows the probe's pods until they are as they should be. @returns Whether it came to that before `end`. */
    public followPods(enough: (pods: readonly client.V1Pod[]) => boolean, end: AbortSignal): Promise<boolean> {
        const { namespace } = this;
        const path = `/api/v1/namespaces/${namespace}/pods`;
        const list = () => this.core.listNamespacedPod({ namespace });
        return follow(this.library.makeInformer(this.config, path, list), enough, end);
    }

    /** Follows the namespaces of probes, likewise. */
    public followNamespaces(
        enough: (namespaces: readonly client.V1Namespace[]) => boolean,
        end: AbortSignal,
    ): Promise<boolean> {
        const list = () => this.core.listNamespace({ labelSelector: PROBE_LABEL });
        return follow(this.library.makeInformer(this.config, "/api/v1/namespaces", list, PROBE_LABEL), enough, end);
    }

    /** A token of an account, for istiod only; undefined where there is no such account. */
    public async tokenOf({ namespace, name }: Account): Promise<string | undefined> {
        const { V1TokenRequestSpec, AuthenticationV1TokenRequest, V1ObjectMeta } = this.library;
        const spec = Object.assign(new V1TokenRequestSpec(), { audiences: ["istio-ca"], expirationSeconds: 600 });
        const body = Object.assign(new AuthenticationV1TokenRequest(), { metadata: new V1ObjectMeta(), spec });
        const made = this.core.createNamespacedServiceAccountToken({ namespace, name, body });
        return (await this.unlessGone(`creating a token of ServiceAccount ${namespace}/${name}`, made))?.status?.token;
    }

    /** Who issues certificates for the accounts here. @param serving The site whose istiod serves this one. */
    public async issuer(serving: ProbeSite): Promise<Issuer> {
        const [{ namespace, pods }, { roots }] = await Promise.all([
            controlPlaneOf(serving.view),
            this.certificates("client"),
        ]);
        const pod = pods.find(isReady)?.metadata?.name;
        if (pod === undefined) throw new ObservationError(`${this.name}: no istiod that serves it is ready`);
        const { clusterName } = this.declared;
        return { home: serving.view.istiod, istiod: { namespace, pod }, roots: roots.join(""), clusterName };
    }

    /** A ready pod behind each of some Services, as others dial it; undefined where there is none. */
    public async podsBehind(wanted: readonly ServicePort[]): Promise<(Behind | undefined)[]> {
        const services = await this.view.services();
        const each = wanted.map(async ({ name, namespace, port: outer }) => {
            const service = services.find((other) => dottedName(other) === `${name}.${namespace}`);
            const pod = service && (await podsBehind(this.view, service)).find(isReady);
            const port = service && targetOf(service, outer, pod);
            const address = pod?.status?.podIP;
            if (port === undefined || address === undefined) return undefined;
            return { address, port, account: pod?.spec?.serviceAccountName ?? "default" };
        });
        return Promise.all(each);
    }

    /** Has a pod do something. */
    public async ask(role: Role, actions: readonly Action[]): Promise<Outcome[]> {
        const body = JSON.stringify(actions);
        const answer = await this.turn(() => this.view.askPod(this.port(role, CONTROL_PORT), { path: "/", body }));
        const outcomes = parseOutcomes(answer);
        if (outcomes.length !== actions.length) {
            throw new ObservationError(`${this.name}: ${outcomes.length} outcomes of ${actions.length} actions`);
        }
        return outcomes;
    }

    /** What a pod's proxy sends requests to. */
    public async upstreams(role: Role): Promise<Upstream[]> {
        return parseUpstreams(await this.fromProxy(role, CLUSTERS_PATH));
    }

    /** What a pod's proxy shows and trusts. */
    public async certificates(role: Role): Promise<Certificates> {
        return parseSecrets(await this.fromProxy(role, "/config_dump?resource=dynamic_active_secrets"));
    }

    /** Begins the end of a pod, which is told so and has its usual time. No error when it is gone. */
    public async deletePod(role: Role): Promise<void> {
        const { namespace } = this;
        await this.unlessGone(`deleting pod ${role}`, this.core.deleteNamespacedPod({ namespace, name: role }));
    }

    /** IP address of a pod; empty where there is no such pod. */
    public async addressOf(role: Role): Promise<string> {
        const { namespace } = this;
        const { items } = await this.answer("listing the probe's pods", this.core.listNamespacedPod({ namespace }));
        return items.find(({ metadata }) => metadata?.name === role)?.status?.podIP ?? "";
    }

    /** Namespaces of probes that exist in this cluster, those on their way out included. */
    public async namespaces(): Promise<ProbeNamespace[]> {
        const list = this.core.listNamespace({ labelSelector: PROBE_LABEL });
        const { items } = await this.answer("listing the probes' namespaces", list);
        return items.map(({ metadata }) => ({ name: metadata?.name ?? "", annotations: metadata?.annotations ?? {} }));
    }

    /** Begins the end of a namespace with all in it. No error when it is gone. */
    public async deleteNamespace(name: string): Promise<void> {
        await this.unlessGone(`deleting Namespace ${name}`, this.core.deleteNamespace({ name }));
        // Kubernetes' controller comes to them only after five seconds, and again after more when they take their time.
        const pods = this.core.deleteCollectionNamespacedPod({ namespace: name, gracePeriodSeconds: 1 });
        await this.unlessGone(`deleting the pods of ${name}`, pods);
    }

    private answer<T>(what: string, answer: Promise<T>): Promise<T> {
        return answered(this.name, what, answer, REQUEST_SECONDS);
    }

    private fromProxy(role: Role, path: string): Promise<string> {
        return this.turn(() => this.view.getFromPod(this.port(role, ENVOY_ADMIN_PORT), path));
    }

    private port(role: Role, port: number): { namespace: string; pod: string; port: number } {
        return { namespace: this.namespace, pod: role, port };
    }

    /** @returns undefined where what it is about is not there. */
    private unlessGone<T>(what: string, answer: Promise<T>): Promise<T | undefined> {
        const unlessMissing = answer.catch((error: unknown) => {
            if (statusOf(error) === NOT_FOUND) return undefined;
            throw error;
        });
        return this.answer(what, unlessMissing);
    }
}

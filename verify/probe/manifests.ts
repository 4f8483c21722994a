/** What a probe makes in one cluster: everything in one namespace, so that deleting it deletes everything. */
import type { GatewayOpening } from "../observe/gatewayResources";
import type { Selector } from "../observe/meshConfig";
import { SERVER_PORT } from "./pods/protocol";

/** Label of every namespace that a probe makes, in any cluster. */
export const PROBE_LABEL = "istio-multicluster/probe";
/** Who made the namespace and until when it may be in use, as {@link Owner}. */
export const OWNER_ANNOTATION = "istio-multicluster/probe-owner";

/** Port of the Services, and of the listener on which a sidecar takes its own pod's requests. */
export const SERVICE_PORT = 8090;
/** Port of a pod on which its sidecar takes requests of others. */
export const INBOUND_PORT = 8080;

/**
 * Each role is a pod and a service account. `client` asks; `server` is asked, and is itself the identity that no server
 * lets in; `outsider` has no sidecar.
 */
export const ROLES = ["client", "server", "outsider"] as const;
export type Role = (typeof ROLES)[number];

/** The role whose sidecar refuses plaintext. */
export const STRICT_ROLE: Role = "client";

export interface ProbePlan {
    readonly namespace: string;
    readonly image: string;
    /** Name of the cluster that all this is for. */
    readonly cluster: string;
    /** Names of all clusters, in the mesh's order. */
    readonly clusters: readonly string[];
    /** Cluster that answers for another one whose server has ended, by the name of that one. */
    readonly backups: Readonly<Record<string, string>>;
    /** Istio's revision in this cluster; `default` where istiod has none of its own. */
    readonly revision: string;
    /** Last part of the full names of Services. */
    readonly domain: string;
    /** The namespaces that istiod of this cluster reads; all where there are none. */
    readonly selectors: readonly Selector[];
    readonly owner: string;
    /** Whether the cluster has an ingress gateway that is to lead to every server. */
    readonly ingress: boolean;
    /** Gateways for other networks that would not lead to the servers. */
    readonly closed: readonly GatewayOpening[];
}

/** Host that an ingress routes to the servers, each under a path of its Service's name. */
export function ingressHost(namespace: string): string {
    return `${namespace}.test`;
}

/** Service that only the servers of one cluster are behind, for every cluster that asks. Names may be no DNS labels. */
export function serverService({ clusters }: Pick<ProbePlan, "clusters">, cluster: string): string {
    return `server-${clusters.indexOf(cluster) + 1}`;
}

/** Service with the server of one cluster and the client of its backup, which answers just so. */
export function failoverService({ clusters }: Pick<ProbePlan, "clusters">, cluster: string): string {
    return `failover-${clusters.indexOf(cluster) + 1}`;
}

/** All objects, the namespace first. */
export function manifests(plan: ProbePlan): [Manifest, ...Manifest[]] {
    // The Service has to be in every cluster, since DNS knows only a cluster's own.
    const servers = plan.clusters.map((cluster) =>
        service(plan, serverService(plan, cluster), cluster === plan.cluster ? "server" : undefined),
    );
    const failovers = Object.entries(plan.backups).flatMap(([cluster, backup]) => {
        const role = cluster === plan.cluster ? "server" : backup === plan.cluster ? "client" : undefined;
        return role === undefined ? [] : [service(plan, failoverService(plan, cluster), role)];
    });
    return [
        namespace(plan),
        ...ROLES.map((role) => object(plan, "v1", "ServiceAccount", role)),
        sidecar(plan),
        denial(plan),
        // A mesh may deny by default.
        object(plan, "security.istio.io/v1", "AuthorizationPolicy", "all-others", { action: "ALLOW", rules: [{}] }),
        strict(plan),
        ...servers,
        ...failovers,
        ...(plan.ingress ? route(plan) : []),
        ...plan.closed.map((opening, index) => wayIn(plan, `other-networks-${index + 1}`, opening)),
        ...ROLES.map((role) => pod(plan, role)),
    ];
}

/** An object as one would write it in YAML. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec?: object;
}

function object({ namespace }: ProbePlan, apiVersion: string, kind: string, name: string, spec?: object): Manifest {
    return { apiVersion, kind, metadata: { name, namespace }, ...(spec === undefined ? {} : { spec }) };
}

function namespace({ namespace: name, revision, owner, selectors }: ProbePlan): Manifest {
    // istiod reads only what one of them selects; expressions it may meet or not.
    const [selected] = selectors.filter(({ matchExpressions }) => matchExpressions.length === 0);
    // https://istio.io/latest/docs/setup/upgrade/canary/#data-plane
    const injection = revision === "default" ? { "istio-injection": "enabled" } : { "istio.io/rev": revision };
    return {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
            name,
            labels: {
                ...selected?.matchLabels,
                [PROBE_LABEL]: "true",
                "pod-security.kubernetes.io/enforce": "restricted",
                ...injection,
            },
            annotations: { [OWNER_ANNOTATION]: owner },
        },
    };
}

/** One that takes mutual TLS alone. Not the server: requests to that show what the mesh itself demands. */
function strict(plan: ProbePlan): Manifest {
    const selector = { matchLabels: { role: STRICT_ROLE } };
    return object(plan, "security.istio.io/v1", "PeerAuthentication", "probe", { selector, mtls: { mode: "STRICT" } });
}

/** The sidecar listens by itself, and no init container has to redirect traffic to it with rights that `restricted` forbids. */
function sidecar(plan: ProbePlan): Manifest {
    return object(plan, "networking.istio.io/v1", "Sidecar", "probe", {
        ingress: [
            {
                port: { number: INBOUND_PORT, protocol: "HTTP", name: "http" },
                defaultEndpoint: `127.0.0.1:${SERVER_PORT}`,
                captureMode: "NONE",
            },
        ],
        egress: [
            {
                port: { number: SERVICE_PORT, protocol: "HTTP", name: "http" },
                bind: "127.0.0.1",
                captureMode: "NONE",
                hosts: ["./*"],
            },
        ],
    });
}

/** No server lets in a server, whatever cluster and trust domain it is of. */
function denial(plan: ProbePlan): Manifest {
    return object(plan, "security.istio.io/v1", "AuthorizationPolicy", "no-servers", {
        selector: { matchLabels: { role: "server" } },
        action: "DENY",
        rules: [{ from: [{ source: { principals: [`*/ns/${plan.namespace}/sa/server`] } }] }],
    });
}

/** @param role Of the pods behind it; without one there are none, and Kubernetes looks for none. */
function service(plan: ProbePlan, name: string, role: Role | undefined): Manifest {
    return object(plan, "v1", "Service", name, {
        ...(role === undefined ? {} : { selector: { role } }),
        ports: [{ name: "http", port: SERVICE_PORT, targetPort: INBOUND_PORT }],
    });
}

function route(plan: ProbePlan): Manifest[] {
    const hosts = [ingressHost(plan.namespace)];
    const http = plan.clusters.map((cluster) => {
        const host = serverService(plan, cluster);
        return {
            match: [{ uri: { exact: `/${host}` } }],
            rewrite: { uri: "/" },
            route: [{ destination: { host, port: { number: SERVICE_PORT } } }],
        };
    });
    const servers = [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts }];
    return [
        object(plan, "networking.istio.io/v1", "Gateway", "ingress", {
            selector: { istio: "ingressgateway" },
            servers,
        }),
        object(plan, "networking.istio.io/v1", "VirtualService", "ingress", { hosts, gateways: ["ingress"], http }),
    ];
}

function wayIn(plan: ProbePlan, name: string, { selector, port: number }: GatewayOpening): Manifest {
    const port = { number, name: "tls", protocol: "TLS" };
    const hosts = [`*.${plan.namespace}.svc.${plan.domain}`];
    const servers = [{ port, tls: { mode: "AUTO_PASSTHROUGH" }, hosts }];
    return object(plan, "networking.istio.io/v1", "Gateway", name, { selector, servers });
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const RESTRICTED = {
    runAsUser: 65534,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
};

function pod(plan: ProbePlan, role: Role): Manifest {
    const hasSidecar = role !== "outsider";
    const container = { image: plan.image, imagePullPolicy: "IfNotPresent", securityContext: RESTRICTED };
    // Istio's CNI plugin refuses this mode, but leaves a pod alone that has a container of this name: that one is redirected
    // already. https://github.com/istio/istio/blob/master/cni/pkg/plugin/plugin.go
    const notRedirected = { ...container, name: "istio-init", command: ["node", "--eval", "0"] };
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
            name: role,
            namespace: plan.namespace,
            labels: { role, "sidecar.istio.io/inject": String(hasSidecar) },
            annotations: {
                "sidecar.istio.io/interceptionMode": "NONE",
                // Its containers need not wait for the sidecar, and start beside it.
                "sidecar.istio.io/nativeSidecar": "false",
            },
        },
        spec: {
            serviceAccountName: role,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 1,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            initContainers: hasSidecar ? [notRedirected] : [],
            containers: [
                {
                    ...container,
                    name: "probe",
                    env: [
                        { name: "CLUSTER", value: plan.cluster },
                        { name: "PORT", value: String(SERVER_PORT) },
                    ],
                    readinessProbe: { httpGet: { path: "/healthz", port: SERVER_PORT }, periodSeconds: 1 },
                    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                },
            ],
        },
    };
}

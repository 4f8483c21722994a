/** What planned changes mean for the mesh, in plain words. Resources are known by the names that the program gives them. */
import type { Step, StepKind } from "../../hosts/interface/steps";

interface Rule {
    /** `<type> <name>`; its first group is the cluster, its second the peer. */
    readonly resource: RegExp;
    readonly kinds: readonly StepKind[];
    readonly means: (cluster: string, peer: string) => string;
}

/** The first rule that fits a change says what it means; most changes mean nothing to the mesh as a whole. */
const RULES: readonly Rule[] = [
    {
        resource: /^kind:index\/cluster:Cluster (.+)$/,
        kinds: ["create"],
        means: (cluster) => `Cluster ${cluster} is made.`,
    },
    {
        resource: /^kind:index\/cluster:Cluster (.+)$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `**Cluster ${cluster} is deleted, with everything in it.**`,
    },
    {
        resource: /^pulumi:providers:kubernetes (.+)$/,
        kinds: ["replace"],
        means: (cluster) =>
            `**Cluster ${cluster} is another one than with the last up: none of its CA's certificates is the same. Everything that the stack made in it is made anew.**`,
    },
    {
        resource: /^tls:\S+ root-ca-(\d+)-(?:key|certificate)$/,
        kinds: ["create"],
        means: (generation) =>
            `Root ${generation} is made. Workloads trust it beside the present one, which still signs; none restarts.`,
    },
    {
        resource: /^tls:\S+ root-ca-(?:(\d+)-)?(?:key|certificate)$/,
        kinds: ["delete"],
        means: (generation) =>
            `**Root ${generation || "1"} is dropped, and its key with it: workloads that have nothing of another root are cut off.**`,
    },
    {
        resource: /^tls:\S+ root-ca-(?:\d+-)?(?:key|certificate)$/,
        kinds: ["replace"],
        means: () =>
            "**The root of trust changes: clusters stop trusting each other until every one of them has the new root, and its workloads have new certificates.**",
    },
    {
        resource: /^tls:\S+ root-ca-(.+)$/,
        kinds: ["replace", "update"],
        means: (cluster) =>
            `Cluster ${cluster} gets a new certificate for its intermediate. Workloads trust both the old and the new one.`,
    },
    {
        resource: /^tls:\S+ root-ca-(.+)$/,
        kinds: ["delete"],
        means: (cluster) => `The root no longer gives cluster ${cluster} a certificate.`,
    },
    {
        resource: /^tls:index\/privateKey:PrivateKey (.+)-ca-key$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `The intermediate of cluster ${cluster} gets another key.`,
    },
    {
        resource: /^kubernetes:networking\.istio\.io\/v1:Gateway (.+)-eastwest-istiod-gateway$/,
        kinds: ["create"],
        means: (cluster) =>
            `istiod of ${cluster} becomes reachable from other clusters, on ports 15012 and 15017 of its east-west gateway.`,
    },
    {
        resource: /^kubernetes:networking\.istio\.io\/v1:Gateway (.+)-eastwest-istiod-gateway$/,
        kinds: ["delete"],
        means: (cluster) => `istiod of ${cluster} is no longer reachable from other clusters.`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-control-plane-cacerts$/,
        kinds: ["update"],
        means: (cluster) => `istiod of ${cluster} signs with another certificate, which it loads without a restart.`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-control-plane-cacerts$/,
        kinds: ["replace", "delete"],
        means: (cluster) =>
            `**Cluster ${cluster} loses its intermediate: other clusters will not trust its workloads.**`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-reads-(.+)-secret$/,
        kinds: ["create"],
        means: (cluster, peer) => `${cluster} begins to discover services in ${peer}.`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-reads-(.+)-secret$/,
        kinds: ["update"],
        means: (cluster, peer) => `${cluster} reads ${peer} with other credentials or at another address.`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-reads-(.+)-secret$/,
        kinds: ["replace", "delete"],
        means: (cluster, peer) => `**${cluster} loses all endpoints in ${peer}.**`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-reader-token-\d+$/,
        kinds: ["create"],
        means: (cluster) => `Cluster ${cluster} accepts a new token of its peers beside the present one.`,
    },
    {
        resource: /^kubernetes:core\/v1:Secret (.+)-reader-token(?:-\d+)?$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `**A token of ${cluster} is revoked: peers that have no other can no longer read it.**`,
    },
    {
        resource: /^kubernetes:core\/v1:Namespace (.+)-control-plane-namespace$/,
        kinds: ["update"],
        means: (cluster) =>
            `Namespace istio-system of ${cluster} changes: its label says on which network the cluster is.`,
    },
    {
        resource: /^kubernetes:helm\.sh\/v3:Release (.+)-control-plane-istiod$/,
        kinds: ["update"],
        means: (cluster) =>
            `istiod of ${cluster} is upgraded or reconfigured and may restart. Proxies keep working meanwhile.`,
    },
    {
        resource: /^kubernetes:helm\.sh\/v3:Release (.+)-control-plane-istiod$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `**Cluster ${cluster} loses its control plane.**`,
    },
    {
        resource: /^kubernetes:helm\.sh\/v3:Release (.+)-eastwest-release$/,
        kinds: ["update"],
        means: (cluster) =>
            `The east-west gateway of ${cluster} may restart: connections from other clusters are cut once.`,
    },
    {
        resource: /^kubernetes:helm\.sh\/v3:Release (.+)-eastwest-release$/,
        kinds: ["replace", "delete"],
        means: (cluster) =>
            `**Other clusters can no longer reach ${cluster}; a new gateway may have another address.**`,
    },
    {
        resource: /^kubernetes:helm\.sh\/v3:Release (.+)-ingress-release$/,
        kinds: ["replace", "delete"],
        means: (cluster) =>
            `**Clients can no longer enter through ${cluster}; a new gateway may have another address.**`,
    },
    {
        resource: /^kubernetes:networking\.istio\.io\/v1:Gateway (.+)-eastwest-cross-network$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `**The east-west gateway of ${cluster} no longer takes traffic from other clusters.**`,
    },
];

/** @returns What the changes mean, in the order of the rules, each once. */
export function impactOf(changes: readonly Step[]): string[] {
    const moves = movesOf(changes);
    // What each of their resources means alone is not what they mean together.
    const others = changes.filter(({ name }) => !moves.some(({ cluster }) => isOfControlPlane(name, cluster)));
    const meanings = RULES.flatMap(({ resource, kinds, means }, index) =>
        others
            .filter(({ type, name, kind }) => kinds.includes(kind) && firstRule(`${type} ${name}`, kind) === index)
            .map(({ type, name }) => {
                const [, cluster = "", peer = ""] = resource.exec(`${type} ${name}`) ?? [];
                return means(cluster, peer);
            }),
    );
    return [...moves.map(({ means }) => means), ...new Set(meanings)];
}

interface Move {
    readonly cluster: string;
    readonly means: string;
}

/**
 * Clusters that stay, and get or lose an istiod in them: it has a Secret `cacerts`, and the namespace is there in both cases. Of their
 * own it is where their intermediate stays. And clusters outside of the mesh, whose istiod has a Service of its own.
 */
function movesOf(changes: readonly Step[]): Move[] {
    return changes.flatMap(({ name, kind }) => {
        const [, cluster, part] = /^(.+)-control-plane-(cacerts|service)$/.exec(name) ?? [];
        if (cluster === undefined || (kind !== "create" && kind !== "delete")) return [];
        const comes = kind === "create";
        if (part === "service") return [{ cluster, means: comes ? outsideComes(cluster) : outsideGoes(cluster) }];
        const namespace = changes.find((other) => other.name === `${cluster}-control-plane-namespace`);
        if (namespace?.kind === kind) return [];
        const signer = changes.some((other) => other.name === `${cluster}-ca-key`);
        return [{ cluster, means: comes ? comesIn(cluster, signer) : goesOut(cluster, signer) }];
    });
}

function comesIn(cluster: string, signer: boolean): string {
    const certificates = signer
        ? " Its workloads keep the certificates that they have, and get new ones of its own intermediate within a day, or when they restart."
        : "";
    return `Cluster ${cluster} gets an istiod of its own.${certificates}`;
}

function goesOut(cluster: string, signer: boolean): string {
    const certificates = signer
        ? " Certificates are of the other one's intermediate within a day, or when workloads restart."
        : "";
    return `**The istiod of cluster ${cluster} goes, and that of another cluster serves it. Running workloads go on; no new pod starts until the second of two \`up\`s, nor while the other istiod is away.${certificates}**`;
}

function outsideComes(cluster: string): string {
    return `An istiod for the mesh runs in ${cluster}, outside of it: other clusters reach it on ports 15012 and 15017 of a load balancer of its own, and the key with which it signs is there.`;
}

function outsideGoes(cluster: string): string {
    return `**The istiod in ${cluster} goes. Clusters that it served, and that get no other, keep what runs and start no new pods.**`;
}

function isOfControlPlane(name: string, cluster: string): boolean {
    const parts = [`${cluster}-control-plane`, `${cluster}-ca-`, `${cluster}-reads-`, `root-ca-${cluster}`];
    return parts.some((part) => name.startsWith(part));
}

function firstRule(resource: string, kind: StepKind): number {
    return RULES.findIndex((rule) => rule.kinds.includes(kind) && rule.resource.test(resource));
}

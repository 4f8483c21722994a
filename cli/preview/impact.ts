/** What planned changes mean for the mesh, in plain words. Resources are known by the names that the program gives them. */
import type { PropertyChange, Step, StepKind } from "../../hosts/interface/steps";
import { isOfControlPlane, movesOf } from "./moves";
import { lostMeans, reachMeans } from "./reach";

interface Rule {
    /** `<type> <name>`; its first group is the cluster. */
    readonly resource: RegExp;
    readonly kinds: readonly StepKind[];
    /** @param other What the second group is: a peer, or a service as `name.namespace`. */
    readonly means: (cluster: string, other: string, changes: readonly PropertyChange[]) => string;
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
        means: (cluster, _, changes) =>
            [
                `istiod of ${cluster} is upgraded or reconfigured and may restart. Proxies keep working meanwhile.`,
                ...lostMeans(cluster, changes),
            ].join(" "),
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
        resource: /^kubernetes:core\/v1:Service (.+)-shares-(.+)-service$/,
        kinds: ["create"],
        means: (cluster, service) => `Clients in ${cluster} find ${service}, which other clusters run.`,
    },
    {
        resource: /^kubernetes:core\/v1:Service (.+)-shares-(.+)-service$/,
        kinds: ["replace", "delete"],
        means: (cluster, service) => `**Clients in ${cluster} lose ${service}: its name is gone there.**`,
    },
    {
        resource: /^kubernetes:networking\.istio\.io\/v1:DestinationRule (.+)-shares-(.+)-clients$/,
        kinds: ["delete"],
        means: (cluster, service) => `Clients in ${cluster} no longer prefer an endpoint of ${service} to another.`,
    },
    {
        resource: /^kubernetes:security\.istio\.io\/v1:AuthorizationPolicy (.+)-shares-(.+)-callers$/,
        kinds: ["create", "update"],
        means: (cluster, service) =>
            `**In ${cluster}, only the callers that are listed may call ${service} from now on.**`,
    },
    {
        resource: /^kubernetes:security\.istio\.io\/v1:AuthorizationPolicy (.+)-shares-(.+)-callers$/,
        kinds: ["replace", "delete"],
        means: (cluster, service) => `**In ${cluster}, nothing here says any longer who may call ${service}.**`,
    },
    {
        resource: /^kubernetes:security\.istio\.io\/v1:AuthorizationPolicy (.+)-deny-by-default-policy$/,
        kinds: ["create"],
        means: (cluster) => `**In ${cluster}, nobody may call anybody from now on but the callers that are listed.**`,
    },
    {
        resource: /^kubernetes:security\.istio\.io\/v1:AuthorizationPolicy (.+)-deny-by-default-policy$/,
        kinds: ["replace", "delete"],
        means: (cluster) => `**In ${cluster}, everybody may call what no other policy protects.**`,
    },
    {
        resource: /^kubernetes:networking\.istio\.io\/v1:Gateway (.+)-eastwest-cross-network$/,
        kinds: ["update"],
        means: (cluster, _, changes) => reachMeans(cluster, changes),
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
            .map(({ type, name, changes: properties }) => {
                const [, cluster = "", other = ""] = resource.exec(`${type} ${name}`) ?? [];
                return means(cluster, other, properties);
            }),
    );
    return [...moves.map(({ means }) => means), ...new Set(meanings.filter((meaning) => meaning !== ""))];
}

function firstRule(resource: string, kind: StepKind): number {
    return RULES.findIndex((rule) => rule.kinds.includes(kind) && rule.resource.test(resource));
}

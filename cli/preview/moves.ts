/** Clusters that get an istiod, or lose theirs: what several changes mean together. */
import type { Step } from "../../hosts/interface/steps";

export interface Move {
    readonly cluster: string;
    readonly means: string;
}

/**
 * Clusters that stay, and get or lose an istiod in them: it has a Secret `cacerts`, and the namespace is there in both cases. Of their
 * own it is where their intermediate stays. And clusters outside of the mesh, whose istiod has a Service of its own.
 */
export function movesOf(changes: readonly Step[]): Move[] {
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

/** Whether a resource is one of those that a move is made of. */
export function isOfControlPlane(name: string, cluster: string): boolean {
    const parts = [`${cluster}-control-plane`, `${cluster}-ca-`, `${cluster}-reads-`, `root-ca-${cluster}`];
    return parts.some((part) => name.startsWith(part));
}

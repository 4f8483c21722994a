/**
 * The other stacks of the mesh, as their last `up` left them. What they do not give yet is no error: this stack does what
 * it can without it, and says what is missing and which `up` brings it.
 */
import * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config";
import { type ClusterOutput, type Missing, hasControlPlane, type Serving, servingOf } from "../../shared/outputs";
import { type Problem, ProblemsError } from "../../shared/problems";
import type { ClusterIdentity } from "../../shared/topology";
import { answers, requestedKey } from "./certificates";
import { type Exchange, readStack } from "./exchange";
import { rotationProblems } from "./rotation";
import { keyProblems, peerProblems } from "./rules";

/** What the root gives one cluster, PEM. */
export interface Signed {
    readonly certificate: pulumi.Input<string>;
    readonly rootCertificate: pulumi.Input<string>;
}

/** A cluster that others may discover. */
export interface Reader extends ClusterIdentity {
    readonly kubeconfig: pulumi.Output<string>;
}

export class OtherStacks {
    /** Grows with every question that had no answer. */
    public readonly missing: Missing[] = [];

    /** @param stacks By name; undefined for one that is not up. This stack's own last outputs are among them. */
    public constructor(
        private readonly config: Config,
        private readonly stacks: ReadonlyMap<string, Exchange | undefined>,
    ) {}

    /** Requests for the root to sign, PEM, by cluster. */
    public requests(): Record<string, string> {
        const signing = this.config.elsewhere.filter(({ primary }) => primary === undefined);
        const found = signing.map(({ name, stack }) => {
            const request = this.stacks.get(stack)?.requests[name];
            if (request !== undefined && requestedKey(request) !== undefined) {
                return [name, request] as const;
            }
            this.#miss(name, "request", stack, `there is no certificate request of cluster ${name} yet: up ${stack}`);
            return undefined;
        });
        return Object.fromEntries(found.filter((entry) => entry !== undefined));
    }

    /**
     * The certificate of one of this stack's clusters.
     *
     * @param request What is to be certified, PEM. Unknown while its key is still to be made.
     * @returns undefined until the root's stack has signed this very key. What was installed once stays, whatever
     *     becomes of that stack: a cluster does not lose its control plane for it.
     */
    public async signedFor(cluster: string, request: pulumi.Output<string>): Promise<Signed | undefined> {
        const { stack, rootStack, givenIntermediates: given } = this.config;
        const own = await known(request);
        const fits = (certificate: string | undefined, root: string | undefined): Signed | undefined =>
            own !== undefined && certificate !== undefined && root !== undefined && answers(certificate, own, root)
                ? { certificate, rootCertificate: root }
                : undefined;
        const root = this.stacks.get(rootStack);
        const signed = given
            ? fits(given.certificates[cluster], given.root)
            : fits(root?.certificates[cluster], root?.rootCertificate);
        if (signed !== undefined) {
            return signed;
        }
        const before = this.stacks.get(stack);
        const installed = fits(before?.clusters[cluster]?.certificate, before?.rootCertificate);
        if (given) {
            this.#miss(
                cluster,
                "certificate",
                stack,
                offlineMessage(cluster, stack, given.certificates[cluster], installed),
            );
            return installed;
        }
        const seen =
            installed === undefined
                ? `the root has not signed the key of cluster ${cluster} yet, so it gets no control plane`
                : `the root no longer gives a certificate for the key of cluster ${cluster}, which keeps the one that it has`;
        this.#miss(cluster, "certificate", rootStack, `${seen}: up ${rootStack}, then up ${stack}`);
        return installed;
    }

    /**
     * Whether one of this stack's clusters has an istiod that one elsewhere is to replace. The first `up` takes it away
     * with its Service, the next one makes the Service that leads to the other: where a Service only loses its selector,
     * Kubernetes leaves the addresses of its pods among its endpoints
     * (https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors).
     */
    public leavesOwnIstiod({ name, primary, external }: ClusterIdentity): boolean {
        const { stack } = this.config;
        const before = this.stacks.get(stack)?.clusters[name];
        const inside = before?.certificate !== undefined && before.external === undefined && !this.#hasLeft(name);
        const leaves = (primary?.name ?? external) !== undefined && inside;
        const seen = `the istiod of cluster ${name} goes first; that of ${primary?.name ?? external ?? ""} serves the cluster with the next up`;
        if (leaves) this.#miss(name, "istiod", stack, `${seen}: up ${stack} again`);
        return leaves;
    }

    /** Whether the istiod of one of this stack's clusters served others, too, with the last `up`s. */
    public sharedIstiod({ clusterName }: ClusterIdentity): boolean {
        const known = [...this.stacks.values()].flatMap((stack) => Object.values(stack?.clusters ?? {}));
        return known.some(({ primary }) => primary === clusterName);
    }

    /** Whether the last `up` took the first of these two steps. */
    #hasLeft(cluster: string): boolean {
        const { stack } = this.config;
        const missing = this.stacks.get(stack)?.missing ?? [];
        return missing.some((each) => each.cluster === cluster && each.what === "istiod" && each.stack === stack);
    }

    /** Which cluster one of this stack's own was with the last `up`. */
    public identityOf(cluster: string): ClusterOutput["identity"] {
        const before = this.stacks.get(this.config.stack);
        return (before?.clusters[cluster] ?? before?.externals?.[cluster])?.identity;
    }

    /** The peers in other stacks whose services can be discovered, with their readers' kubeconfigs, which are secret. */
    public readers(): Reader[] {
        const { clusters, elsewhere } = this.config;
        const reading = clusters.filter(({ primary }) => primary === undefined);
        const peers = elsewhere.filter(({ name }) => reading.some((cluster) => cluster.peers.includes(name)));
        return peers.flatMap((peer) => {
            const kubeconfig = this.#readerOf(peer);
            return kubeconfig === undefined ? [] : [{ ...peer, kubeconfig }];
        });
    }

    /**
     * The istiod that serves one of this stack's clusters, where another stack has it.
     * @returns undefined until it can be reached.
     */
    public servingIstiod({ name, primary: named }: ClusterIdentity): Serving | undefined {
        const primary = this.config.elsewhere.find((each) => each.name === named?.name);
        if (primary === undefined) return undefined;
        const theirs = this.stacks.get(primary.stack);
        const serving = theirs && servingOf(theirs, primary.name, name);
        const ups = `up ${primary.stack}, then up ${this.config.stack}`;
        if (serving === undefined) {
            const seen = `the istiod of ${primary.name}, which serves cluster ${name}, cannot be reached yet`;
            this.#miss(name, "istiod", primary.stack, `${seen}, so the cluster gets no control plane: ${ups}`);
        } else if (!serving.reads) {
            const seen = `the istiod of ${primary.name} does not read cluster ${name} yet`;
            this.#miss(name, "istiod", primary.stack, `${seen}, so the cluster gets no gateways and no apps: ${ups}`);
        }
        return serving;
    }

    #readerOf({ name, stack }: ClusterIdentity): pulumi.Output<string> | undefined {
        const theirs = this.stacks.get(stack);
        const kubeconfig = theirs?.readers[name];
        if (kubeconfig !== undefined) {
            return pulumi.secret(kubeconfig);
        }
        const cluster = theirs?.clusters[name];
        const built = cluster !== undefined && hasControlPlane(cluster, theirs?.missing ?? []);
        const message = built
            ? `stack ${stack} gives no kubeconfig of cluster ${name} that this stack can read: up ${stack}, under the passphrase or secrets provider of this stack`
            : `cluster ${name} has no control plane yet, so its services are not discovered: up ${stack}, then up ${this.config.stack}`;
        this.#miss(name, "reader", stack, message);
        return undefined;
    }

    #miss(cluster: string, what: Missing["what"], stack: string, message: string): void {
        if (this.missing.some((known) => known.message === message)) return;
        this.missing.push({ cluster, what, stack, message });
        void pulumi.log.warn(`Stack ${stack}: ${message}`);
    }
}

/** What is to be done where an offline root signs. */
function offlineMessage(
    cluster: string,
    stack: string,
    given: string | undefined,
    installed: Signed | undefined,
): string {
    const steps = `mesh ca csr ${stack}, have its request signed, mesh ca import, then up ${stack}`;
    const kept = installed === undefined ? "it gets no control plane" : "it keeps the one that it has";
    return given === undefined
        ? `cluster ${cluster} has no certificate of the offline root yet, so ${kept}: ${steps}`
        : `the certificate that is given for cluster ${cluster} is not one for its key, so ${kept}: ${steps}`;
}

/** A stack by its name, and what was found there. */
type Read = readonly [string, Exchange | Problem | undefined];

/** @throws RunError, which Pulumi shows without a stack trace, where stacks contradict each other. */
export async function readOtherStacks(config: Config): Promise<OtherStacks> {
    const read: Read[] = [];
    // A backend of files writes the metadata beside a state in place, and every step of this run writes this stack's own: it
    // is read first, while nothing else runs.
    read.push([config.stack, await readStack(config.stack)]);
    const others = stacksToRead(config);
    read.push(...(await Promise.all(others.map(async (name): Promise<Read> => [name, await readStack(name)]))));
    const problems: Problem[] = [];
    const stacks = new Map<string, Exchange | undefined>();
    for (const [name, found] of read) {
        if (found !== undefined && "rule" in found) problems.push(found);
        else stacks.set(name, found);
        if (found !== undefined && !("rule" in found) && name !== config.stack) {
            problems.push(...peerProblems(name, found, config));
        }
    }
    problems.push(...keyProblems(stacks.get(config.stack), config), ...rotationProblems(stacks, config));
    if (problems.length > 0) {
        throw new pulumi.RunError(new ProblemsError(problems).message);
    }
    return new OtherStacks(config, stacks);
}

/** The root's stack reads those of all clusters; a cluster's stack reads the root's and its peers'. */
function stacksToRead({ ownsRoot, givenIntermediates, rootStack, clusters, elsewhere }: Config): string[] {
    const peers = new Set(clusters.flatMap((cluster) => cluster.peers));
    const wanted = elsewhere.filter(({ name }) => ownsRoot || peers.has(name)).map((other) => other.stack);
    return [...new Set([...(ownsRoot || givenIntermediates ? [] : [rootStack]), ...wanted])].sort();
}

/** The value of an output that this run knows already; undefined for one that a preview cannot know. */
async function known(output: pulumi.Output<string>): Promise<string | undefined> {
    const { value }: Record<string, unknown> = await pulumi.runtime.serializeProperties("value", { value: output });
    return typeof value === "string" && value !== pulumi.runtime.unknownValue ? value : undefined;
}

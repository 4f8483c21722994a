/** What must be equal, or must not be, between this stack and those that it reads. */
import { X509Certificate } from "node:crypto";
import type { Config } from "../config";
import { contextOf, filesOf, readKubeconfig } from "../../shared/kubeconfig";
import type { Problem } from "../../shared/problems";
import type { Exchange } from "./exchange";

/** Problems with another stack. A cluster that only one of the two knows is none: one is being added, or removed. */
export function peerProblems(stack: string, theirs: Exchange, config: Config): Problem[] {
    const { mesh, clusters, elsewhere } = config;
    const problems: Problem[] = [];
    const differs = (subject: string, ours: string, value: string): void => {
        const rule = `stack ${stack} was brought up with a value that differs from that of stack ${config.stack}, ${JSON.stringify(ours)}`;
        const fix = `Give both stacks one topology, then bring stack ${stack} up with it first: up ${stack}.`;
        if (ours !== value) problems.push({ subject, value, rule, fix });
    };
    differs("mesh.id", mesh.id, theirs.meshId);
    differs("mesh.trustDomain", mesh.trustDomain, theirs.trustDomain);
    for (const [name, cluster] of Object.entries(theirs.clusters)) {
        if (clusters.some((own) => own.name === name)) {
            const rule = `both stack ${config.stack} and stack ${stack} own this cluster, and each would undo what the other does`;
            problems.push({ subject: `clusters.${name}`, rule, fix: "Remove it from one of them." });
        }
        const known = elsewhere.find((other) => other.name === name);
        if (known?.stack === stack) {
            differs(`mesh.clusters: clusterName of ${name}`, known.clusterName, cluster.clusterName);
            differs(`mesh.clusters: network of ${name}`, known.network, cluster.network);
        }
    }
    for (const [name, kubeconfig] of Object.entries(theirs.readers)) {
        const unusable = unusableReader(kubeconfig);
        const rule = `control planes of other clusters cannot use this kubeconfig: ${unusable ?? ""}`;
        const fix = `Bring stack ${stack} up with this version of the program: up ${stack}.`;
        if (unusable !== undefined) problems.push({ subject: `stack ${stack}: readers.${name}`, rule, fix });
    }
    return problems;
}

/**
 * Why another cluster's control plane could not use a kubeconfig; undefined where it can. It has nobody's files and runs
 * no plugin (https://istio.io/latest/docs/reference/commands/pilot-discovery/: insecure kubeconfig options).
 */
function unusableReader(kubeconfig: string): string | undefined {
    let context;
    try {
        context = contextOf(readKubeconfig(kubeconfig));
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
    const files = filesOf(context);
    if (files.length > 0) return `it names files of one machine (${files.join(", ")})`;
    const credentials = Object.keys(context.user).sort().join(", ");
    if (credentials !== "token") return `it must prove itself by a token alone, not by ${credentials || "nothing"}`;
    return context.cluster["certificate-authority-data"] === undefined ? "it holds no CA of the API server" : undefined;
}

/**
 * A cluster's key would be a new one, and the root has certified the old one only: for a while there would be no control
 * plane. Where root and clusters are in one stack, both change together.
 */
export function keyProblems(own: Exchange | undefined, { ca, ownsRoot }: Config): Problem[] {
    const type = { ECDSA: "ec", RSA: "rsa" }[ca.keyAlgorithm];
    return Object.entries(own?.clusters ?? {})
        .filter(([, { certificate }]) => !ownsRoot && certificate !== undefined && keyType(certificate) !== type)
        .map(([name]) => ({
            subject: "ca.keyAlgorithm",
            value: ca.keyAlgorithm,
            rule: `cluster ${name} is up with a key of another algorithm, and a new key has no certificate until the root's stack signs it: until then the cluster would lose its control plane`,
            fix: "Set it back; or destroy this stack and bring it up again.",
        }));
}

function keyType(certificate: string): string | undefined {
    return new X509Certificate(certificate).publicKey.asymmetricKeyType;
}

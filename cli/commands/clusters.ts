/** `mesh clusters`: the local clusters of this checkout. */
import Table from "cli-table3";
import type { LocalCluster, LocalClusters } from "../../embedded/localClusters";
import { ProblemsError } from "../../shared/problems";
import type { Terminal } from "../terminal";

/** Istio's network of a cluster by the cluster's name; undefined for a cluster that the stack does not declare. */
export type NetworkOf = (cluster: string) => string | undefined;

/** Prints a table, or `{"clusters": [{"name", "kubeconfig", "apiServer", "network", "health", …}]}`. */
export async function listClusters(
    clusters: LocalClusters,
    networkOf: NetworkOf,
    { output }: { readonly output: "table" | "json" },
    { result }: Terminal,
): Promise<void> {
    const rows = (await clusters.list()).map((cluster) => row(cluster, networkOf));
    result(output === "json" ? `${JSON.stringify({ clusters: rows }, undefined, 2)}\n` : table(rows));
}

/** Starts the named clusters side by side, making those that are not there; without names, all that are. */
export async function startClusters(
    clusters: LocalClusters,
    names: readonly string[],
    terminal: Terminal,
): Promise<void> {
    const wanted = names.length > 0 ? names : await allNames(clusters);
    await Promise.all(wanted.map((name) => clusters.up({ name }, terminal.progress)));
}

/**
 * Ends the processes of the named clusters, or of all; their data stays.
 * @throws ProblemsError naming every cluster that is not there.
 */
export async function stopClusters(
    clusters: LocalClusters,
    names: readonly string[],
    terminal: Terminal,
): Promise<void> {
    const existing = await allNames(clusters);
    const unknown = names.filter((name) => !existing.includes(name));
    if (unknown.length > 0) {
        const fix = `Existing clusters: ${existing.join(", ") || "none"}.`;
        throw new ProblemsError(
            unknown.map((value) => ({ subject: "cluster", value, rule: "there is no such cluster here", fix })),
        );
    }
    const wanted = names.length > 0 ? names : existing;
    await Promise.all(wanted.map((name) => clusters.stop(name, terminal.progress)));
}

/** Removes the named clusters, or all, with everything in them, and what a crash left of them. */
export async function deleteClusters(
    clusters: LocalClusters,
    names: readonly string[],
    terminal: Terminal,
): Promise<void> {
    const wanted = names.length > 0 ? names : await allNames(clusters);
    await Promise.all(wanted.map((name) => clusters.delete(name, terminal.progress)));
}

async function allNames(clusters: LocalClusters): Promise<string[]> {
    return (await clusters.list()).map(({ name }) => name);
}

/** The JSON form of a cluster: no key material. */
function row(cluster: LocalCluster, networkOf: NetworkOf) {
    const { name, kubeconfigPath, apiServer, nodeAddress, podSubnet, serviceSubnet, addressPool, version, health } =
        cluster;
    return {
        name,
        kubeconfig: kubeconfigPath,
        apiServer,
        network: networkOf(name) ?? null,
        health,
        version,
        nodeAddress,
        podSubnet,
        serviceSubnet,
        addressPool,
    };
}

function table(rows: readonly ReturnType<typeof row>[]): string {
    if (rows.length === 0) {
        return "No local clusters. `npm start` or `npm run mesh -- up` makes them.\n";
    }
    const head = ["name", "health", "version", "network", "API server", "load balancers", "kubeconfig"];
    const lines = new Table({ head, style: { head: [], border: [] } });
    for (const { name, health, version, network, apiServer, addressPool, kubeconfig } of rows) {
        lines.push([name, health, version, network ?? "", apiServer, addressPool, kubeconfig]);
    }
    return `${lines.toString()}\n`;
}

import type { LocalCluster } from "../embedded/localClusters";
import type { Mesh } from "../verify";

/**
 * What to try after a proof that held, and how to remove everything. Every line can be copied into a shell.
 * @param kubectl Path of the toolchain's own: nobody had to install one.
 */
export function nextSteps({ request }: Mesh, kubectl: string, clusters: readonly LocalCluster[]): string {
    const sections: string[][] = [];
    if (request !== undefined) {
        sections.push([
            "Ask for the catalogue:",
            `  curl -H 'Host: ${request.host}' ${request.url}`,
            `Open its page: add "${new URL(request.url).hostname} ${request.host}" to /etc/hosts, then browse`,
            `  http://${request.host}/`,
        ]);
    }
    if (clusters.length > 0) {
        sections.push([
            "Inspect the clusters:",
            ...clusters.map(({ kubeconfigPath }) => `  ${kubectl} --kubeconfig ${kubeconfigPath} get pods -A`),
        ]);
    }
    sections.push([
        "Next:",
        "  npm run mesh -- verify      the proof again; --probe adds the probe",
        "  npm run mesh -- preview     what a change to the program or its configuration would do",
        "  npm run mesh -- clusters    the local clusters",
        "  npm run mesh -- destroy     removes everything: the mesh, the clusters, their data",
    ]);
    return sections.map((lines) => `\n${lines.join("\n")}\n`).join("");
}

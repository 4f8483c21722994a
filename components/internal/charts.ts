import type * as k8s from "@pulumi/kubernetes";

/** The part of a Release's arguments that says which chart it installs, and from where. */
export type ChartReference = Pick<k8s.helm.v3.ReleaseArgs, "chart" | "version" | "repositoryOpts">;

/**
 * @param charts `https://…` for a chart repository, `oci://…` for a registry, else a folder that holds the charts.
 * @param version Istio release. A folder has only one, so its charts' own version counts there.
 */
export function chartReference(name: string, charts: string, version: string): ChartReference {
    if (/^https?:/.test(charts)) {
        return { chart: name, version, repositoryOpts: { repo: charts } };
    }
    return charts.startsWith("oci:") ? { chart: `${charts}/${name}`, version } : { chart: `${charts}/${name}` };
}

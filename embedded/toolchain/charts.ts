/** Istio's charts from its Go module, with the defaults that local clusters need. */
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Artifact, contentKey, sourceKey } from "./artifact";
import { istioSource } from "./moduleSource";
import { goModule, type Pins } from "./pins";

/** Name under which a chart is published, and its folder in Istio's repository. */
const CHART_FOLDERS = {
    base: "base",
    istiod: "istio-control/istio-discovery",
    gateway: "gateway",
    cni: "istio-cni",
};

type ChartName = keyof typeof CHART_FOLDERS;

/**
 * Istio's charts merge profiles and a user's values over this key of values.yaml, so a default belongs below it.
 * A user's values win over the ones here, as over any default of the charts.
 */
const DEFAULTS_KEY = "_internal_defaults_do_not_set";

/** Registry and path of the images that the charts name; no such registry exists, so nothing is ever pulled. */
export const IMAGE_HUB = "localhost/istio-multicluster";

/** Folders of a node's own, in every node the same, where a network agent such as Istio's finds and puts what it needs. */
export const CNI_IN_NODE = { plugins: "/var/lib/cni/bin", networks: "/var/lib/cni/net.d" };

export function charts(pins: Pins): Artifact {
    return {
        name: "charts",
        key: contentKey(sourceKey(goModule("istio")), sourceKey(__filename)),
        usualSeconds: 10,
        build: async (folder) => {
            const source = path.join(await istioSource(), "manifests", "charts");
            for (const [name, chartFolder] of Object.entries(CHART_FOLDERS)) {
                await cp(path.join(source, chartFolder), path.join(folder, name), { recursive: true });
            }
            for (const name of ["base", "istiod", "gateway", "cni"] satisfies ChartName[]) {
                await adjust(path.join(folder, name), localDefaults(name, pins), pins);
            }
        },
    };
}

/** A default of a chart: where it is in values.yaml, and its value. */
type Default = readonly [keys: readonly string[], value: string | boolean | object];

function localDefaults(chart: ChartName, pins: Pins): readonly Default[] {
    const requests = { cpu: "10m", memory: "64Mi" };
    switch (chart) {
        case "base":
            return [];
        case "istiod":
            return [
                [["global", "hub"], IMAGE_HUB],
                [["global", "tag"], pins.istio],
                [["global", "imagePullPolicy"], "Never"],
                [["global", "proxy", "resources", "requests"], requests],
                [["resources", "requests"], requests],
                // There is no metrics API to scale by.
                [["autoscaleEnabled"], false],
                // Upstream Envoy has none of the filters that Istio adds to its own build.
                [["telemetry", "enabled"], false],
                [["env", "PILOT_ENABLE_ALPN_FILTER"], "false"],
                [["env", "PILOT_ENABLE_METADATA_EXCHANGE"], "false"],
                [["env", "PILOT_ENABLE_TELEMETRY_LABEL"], "false"],
            ];
        case "cni":
            return [
                [["global", "hub"], IMAGE_HUB],
                [["global", "tag"], pins.istio],
                [["global", "imagePullPolicy"], "Never"],
                [["resources", "requests"], requests],
                [["cniBinDir"], CNI_IN_NODE.plugins],
                [["cniConfDir"], CNI_IN_NODE.networks],
                // The node's own file stays as it is, so that a start of the cluster need not know of the agent.
                [["istioOwnedCNIConfig"], true],
            ];
        case "gateway":
            return [
                [["imagePullPolicy"], "Never"],
                [["resources", "requests"], requests],
                [["autoscaling", "enabled"], false],
            ];
    }
}

async function adjust(folder: string, defaults: readonly Default[], pins: Pins): Promise<void> {
    // Istio's release builder sets both when it publishes a chart.
    await editYaml(path.join(folder, "Chart.yaml"), [
        [["version"], pins.istio],
        [["appVersion"], pins.istio],
    ]);
    await editYaml(
        path.join(folder, "values.yaml"),
        defaults.map(([keys, value]) => [[DEFAULTS_KEY, ...keys], value]),
    );
}

async function editYaml(file: string, values: readonly Default[]): Promise<void> {
    // Loaded here, because most runs build nothing and should not wait for it.
    const { parseDocument } = await import("yaml");
    const document = parseDocument(await readFile(file, "utf8"));
    for (const [keys, value] of values) {
        document.setIn(keys, document.createNode(value));
    }
    await writeFile(file, document.toString({ lineWidth: 0 }));
}
